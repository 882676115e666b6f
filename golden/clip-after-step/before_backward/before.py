import torch
from torch import nn


def train_one_epoch(model, criterion, optimizer, loader, clip_value=0.5):
    model.train()
    for features, target in loader:
        prediction = model(features)
        loss = criterion(prediction, target)
        optimizer.zero_grad()
        # gradients larger than this are cut
        torch.nn.utils.clip_grad_norm_(model.parameters(), clip_value)
        loss.backward()
        optimizer.step()
    return loss.item()


torch.manual_seed(2)
features = torch.randn(90, 5)
target = 4 * features[:, :1] - features[:, 1:2] ** 2
loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(features, target), batch_size=15, shuffle=True)
model = nn.Sequential(nn.Linear(5, 20), nn.ReLU(), nn.Linear(20, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
for epoch in range(3):
    print(epoch, train_one_epoch(model, nn.MSELoss(), optimizer, loader))
