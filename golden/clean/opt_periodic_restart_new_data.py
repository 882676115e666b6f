import torch
from torch import nn

torch.manual_seed(7)
DRIFT_EVERY = 4


def sample_task(n=128):
    shift = torch.randn(5)
    x = torch.randn(n, 5) + shift
    return x, (x.sum(1, keepdim=True) - shift.sum()).sin()


net = nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 1))
mse = nn.MSELoss()

for epoch in range(12):
    if epoch % DRIFT_EVERY == 0:
        # the stream moved on: forget the moments of the old distribution
        x, y = sample_task()
        optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)

    total = 0.0
    for xb, yb in zip(x.split(32), y.split(32)):
        optimizer.zero_grad()
        loss = mse(net(xb), yb)
        loss.backward()
        optimizer.step()
        total += loss.item()
    print(epoch, total / 4)
