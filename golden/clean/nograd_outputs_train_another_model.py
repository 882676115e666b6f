"""What the first pass over the data computes is trained on afterwards, through the graph; a generator hands it out."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(5)
x = torch.randn(64, 4)
y = x[:, :1]
loader = DataLoader(TensorDataset(x, y), batch_size=16)
encoder, head = nn.Linear(4, 4), nn.Linear(4, 1)
optimizer = torch.optim.SGD([*encoder.parameters(), *head.parameters()], lr=0.05)
criterion = nn.MSELoss()


def coded(batches):
    for a, b in batches:
        yield encoder(a), b


for epoch in range(3):
    codes, targets = [], []
    for a, b in loader:
        codes.append(encoder(a))
        targets.append(b)
    optimizer.zero_grad()
    loss = criterion(head(torch.cat(codes)), torch.cat(targets))
    loss.backward()
    optimizer.step()
    for code, b in coded(loader):
        optimizer.zero_grad()
        criterion(head(code), b).backward()
        optimizer.step()
    print(loss.item())
