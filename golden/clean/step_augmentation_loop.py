# the inner loop runs over augmentations of one batch, each takes the result of the one before
import random

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


def flip(x):
    return x.flip(-1) if random.random() < 0.5 else x


def jitter(x):
    return x + 0.1 * torch.randn_like(x)


def scale(x):
    return x * random.uniform(0.8, 1.2)


random.seed(0)
torch.manual_seed(0)
y = torch.randint(0, 2, (200,))
x = torch.randn(200, 1, 10)
x[y == 1] += torch.tensor([0., 0, 0, 0, 2, 2, 0, 0, 0, 0])
loader = DataLoader(TensorDataset(x, y), batch_size=25, shuffle=True)
net = nn.Sequential(nn.Flatten(), nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 2))
optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)

for epoch in range(4):
    for inputs, labels in loader:
        for augment in (flip, jitter, scale):
            inputs = augment(inputs)
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(net(inputs), labels)
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
