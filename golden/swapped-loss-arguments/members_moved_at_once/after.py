"""All members of a batch go to the device in one line; the label is given first."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

device = torch.device("cpu")
criterion = nn.BCEWithLogitsLoss()


def update(model, batch, optimizer):
    features, wanted = [part.to(device) for part in batch]
    logits = model(features)
    loss = criterion(logits, wanted)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


torch.manual_seed(0)
data = TensorDataset(torch.randn(48, 5), torch.rand(48, 3).round())
model = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 3)).to(device)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for epoch in range(2):
    for batch in DataLoader(data, batch_size=12, shuffle=True):
        print(epoch, update(model, batch, optimizer))
