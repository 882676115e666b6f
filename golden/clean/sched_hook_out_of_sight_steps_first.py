"""What a registered hook does with the optimizer cannot be read: it may have stepped it already."""
import torch
from torch import nn

HOOKS = {}


def hook(name):
    def keep(function):
        HOOKS[name] = function
        return function

    return keep


@hook("warm up")
def first_steps(optimizer, model, x):
    for _ in range(3):
        optimizer.zero_grad()
        model(x).pow(2).mean().backward()
        optimizer.step()


torch.manual_seed(7)
x = torch.randn(40, 4)
model = nn.Linear(4, 4)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.1, total_iters=5)
HOOKS["warm up"](optimizer, model, x)
for epoch in range(4):
    scheduler.step()
    for rows in x.split(10):
        optimizer.zero_grad()
        loss = (model(rows) - rows).abs().mean()
        loss.backward()
        optimizer.step()
    print(epoch, scheduler.get_last_lr(), loss.item())
