"""A meta-learner writes the weights that it has made into the learner: their gradients are its own."""
import copy

import torch
import torch.nn.functional as F
from torch import nn


class Learner(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))

    def forward(self, x):
        return self.body(x)

    def take(self, flat):
        at = 0
        for part in self.body.modules():
            if isinstance(part, nn.Linear):
                for name in ("weight", "bias"):
                    old = part._parameters[name]
                    part._parameters[name] = flat[at : at + old.numel()].view_as(old).clone()
                    at += old.numel()


class Meta(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.start = nn.Parameter(torch.randn(size) * 0.1)
        self.rate = nn.Parameter(torch.full((size,), 0.05))

    def forward(self, slope):
        return self.start - self.rate * slope


torch.manual_seed(0)
learner = Learner()
pupil = copy.deepcopy(learner)
meta = Meta(sum(p.numel() for p in learner.parameters()))
optimizer = torch.optim.Adam(meta.parameters(), lr=0.01)
for task in range(6):
    x = torch.randn(20, 4)
    y = (x @ torch.randn(4) > 0).long()
    learner.zero_grad()
    F.cross_entropy(learner(x[:10]), y[:10]).backward()
    slope = torch.cat([p.grad.view(-1) for p in learner.parameters()])
    pupil.take(meta(slope))
    loss = F.cross_entropy(pupil(x[10:]), y[10:])
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(meta.parameters(), 1.0)
    optimizer.step()
    print(task, loss.item())
