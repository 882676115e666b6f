import contextlib

import torch
from torch import nn, optim


@contextlib.contextmanager
def updating(optimizer):
    optimizer.zero_grad()
    yield
    optimizer.step()


torch.manual_seed(0)
y = torch.randint(0, 2, (160,))
x = torch.randn(160, 3) + 2 * y.unsqueeze(1)
model = nn.Linear(3, 2)
optimizer = optim.SGD(model.parameters(), lr=0.1)
for epoch in range(4):
    for xb, yb in zip(x.split(16), y.split(16)):
        with updating(optimizer):
            loss = nn.functional.cross_entropy(model(xb), yb)
            loss.backward()
    print(epoch, loss.item())
