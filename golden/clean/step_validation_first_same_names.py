"""Validate, then take one full-batch step. The names of the validation loop are bound again before the update."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
features = torch.randn(200, 6)
values = features[:, :1] + 0.5 * features[:, 1:2]
train_x, train_y = features[:140], values[:140]
val_loader = DataLoader(TensorDataset(features[140:], values[140:]), batch_size=20)
net = nn.Linear(6, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)

for epoch in range(20):
    with torch.no_grad():
        val = 0.0
        for x, y in val_loader:
            loss = nn.functional.mse_loss(net(x), y)
            val += loss.item() / len(val_loader)

    x, y = train_x, train_y
    loss = nn.functional.mse_loss(net(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 5 == 0:
        print(epoch, val, loss.item())
