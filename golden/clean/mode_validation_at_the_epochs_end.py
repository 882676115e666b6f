"""The validation stands in the batch loop, but runs at its end alone; the next epoch begins in train mode."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def accuracy(net, loader):
    net.eval()
    right = 0
    with torch.no_grad():
        for x, y in loader:
            right += (net(x).argmax(1) == y).sum().item()
    return right / len(loader.dataset)


torch.manual_seed(0)
x = torch.randn(96, 5)
y = (x[:, 0] > 0).long()
train_loader = DataLoader(TensorDataset(x[:64], y[:64]), batch_size=16, shuffle=True)
val_loader = DataLoader(TensorDataset(x[64:], y[64:]), batch_size=16)
net = nn.Sequential(nn.Linear(5, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
per_epoch = len(train_loader)
step = 0
for epoch in range(3):
    net.train()
    for i, (inputs, labels) in enumerate(train_loader):
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(inputs), labels).backward()
        optimizer.step()
        step += 1
        if step % per_epoch == 0:
            print("counted", accuracy(net, val_loader))
        if i == len(train_loader) - 1:
            print("last", accuracy(net, val_loader))
