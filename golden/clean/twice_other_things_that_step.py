"""Two optimizers, a schedule and a counter have a ``step`` each; one optimizer steps in either branch."""
import torch
from torch import nn


class Meter:
    def __init__(self):
        self.count = 0

    def step(self):
        self.count += 1


torch.manual_seed(11)
trunk, head = nn.Linear(6, 6), nn.Linear(6, 2)
slow = torch.optim.SGD(trunk.parameters(), lr=0.01)
fast = torch.optim.Adam(head.parameters(), lr=0.01)
schedule = torch.optim.lr_scheduler.ExponentialLR(slow, 0.9)
meter = Meter()
for n, x in enumerate(torch.randn(64, 6).split(8)):
    loss = nn.functional.cross_entropy(head(torch.relu(trunk(x))), (x[:, 0] > 0).long())
    slow.zero_grad()
    fast.zero_grad()
    loss.backward()
    if n < 4:
        nn.utils.clip_grad_norm_(head.parameters(), 1.0)
        fast.step()
    else:
        fast.step()
    slow.step()
    schedule.step()
    meter.step()
    print(meter.count, loss.item())
