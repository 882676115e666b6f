"""Everything that has a .step() but is no optimizer: scheduler, profiler, environment."""
import torch
from torch import nn
from torch.profiler import ProfilerActivity, profile, schedule


class Counter:
    def __init__(self):
        self.t = 0

    def step(self):
        self.t += 1
        return self.t


torch.manual_seed(0)
x = torch.randn(96, 3)
y = x.mean(1, keepdim=True)
net = nn.Linear(3, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1)
env = Counter()

with profile(activities=[ProfilerActivity.CPU], schedule=schedule(wait=2, warmup=1, active=1, repeat=1)) as prof:
    for epoch in range(5):
        total = 0.0
        for xb, yb in zip(x.split(24), y.split(24)):
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(net(xb), yb)
            loss.backward()
            optimizer.step()
            total += loss.item()
        plateau.step(total / 4)
        env.step()
        prof.step()
print(env.t, total)
