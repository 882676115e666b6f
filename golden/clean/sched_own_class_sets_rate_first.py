"""A schedule of the project's own: its step sets the rate of the epoch that begins."""
import torch
from torch import nn


class Ramp:
    def __init__(self, optimizer, top, length):
        self.optimizer, self.top, self.length, self.count = optimizer, top, length, 0

    def step(self):
        self.count += 1
        for group in self.optimizer.param_groups:
            group["lr"] = self.top * min(1.0, self.count / self.length)


torch.manual_seed(4)
x = torch.randn(80, 3)
y = x @ torch.tensor([[1.0], [-2.0], [0.5]])
net = nn.Linear(3, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.0)
scheduler = Ramp(optimizer, 0.2, 3)
for epoch in range(5):
    scheduler.step()
    for part in range(0, 80, 20):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(net(x[part:part + 20]), y[part:part + 20])
        loss.backward()
        optimizer.step()
    print(epoch, optimizer.param_groups[0]["lr"], loss.item())
