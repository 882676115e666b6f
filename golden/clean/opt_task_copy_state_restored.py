"""Reptile with Adam inside: every task trains a copy and carries the optimizer state over by hand."""
from copy import deepcopy

import torch
import torch.nn.functional as F
from torch import nn
from torch.optim import Adam

torch.manual_seed(1)
OUTER_LR = 0.3


def sine_task():
    a, b = 1 + torch.rand(1) * 2, torch.rand(1) * 3
    x = torch.rand(20, 1) * 6 - 3
    return x, a * torch.sin(x + b)


meta = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 1))
state = None

for it in range(15):
    x, y = sine_task()
    learner = deepcopy(meta)
    inner = Adam(learner.parameters(), lr=2e-3, betas=(0.0, 0.999))
    if state is not None:
        inner.load_state_dict(state)
    for k in range(5):
        inner.zero_grad()
        loss = F.mse_loss(learner(x), y)
        loss.backward()
        inner.step()
    state = inner.state_dict()
    with torch.no_grad():
        for p, q in zip(meta.parameters(), learner.parameters()):
            p.add_(q - p, alpha=OUTER_LR)
    if it % 5 == 4:
        print(it + 1, loss.item())
