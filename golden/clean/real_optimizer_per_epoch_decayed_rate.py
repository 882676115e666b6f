"""The learning rate of each epoch is given to a new optimizer, as older code did before schedulers."""
import math

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(96, 10)
loader = DataLoader(TensorDataset(x, (x[:, :2].sum(1) > 0).long()), batch_size=16, shuffle=True)
net = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 2))
criterion = nn.CrossEntropyLoss()


def learning_rate(start, epoch):
    return start * math.pow(0.2, (epoch > 4) + (epoch > 6))


def train(epoch):
    net.train()
    total = 0.0
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate(0.1, epoch), momentum=0.9, weight_decay=5e-4)
    for inputs, targets in loader:
        optimizer.zero_grad()
        loss = criterion(net(inputs), targets)
        loss.backward()
        optimizer.step()
        total += loss.item()
    print(epoch, learning_rate(0.1, epoch), total / len(loader))


for epoch in range(1, 9):
    train(epoch)
