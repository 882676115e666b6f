import contextlib

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


@contextlib.contextmanager
def measuring(net):
    net.eval()
    with torch.no_grad():
        yield net


def accuracy(net, loader):
    right = 0
    with measuring(net) as quiet:
        for x, y in loader:
            right += (quiet(x).argmax(1) == y).sum().item()
        return right / len(loader.dataset)


torch.manual_seed(0)
x = torch.randn(160, 6)
y = (x[:, 0] > 0).long()
train_loader = DataLoader(TensorDataset(x[:128], y[:128]), batch_size=16, shuffle=True)
val_loader = DataLoader(TensorDataset(x[128:], y[128:]), batch_size=16)
net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Dropout(0.5), nn.Linear(16, 2))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(3):
    for inputs, labels in train_loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(inputs), labels)
        loss.backward()
        optimizer.step()
    print(epoch, accuracy(net, val_loader))
