"""First-order meta-learning: each task adapts its own copy, task gradients are averaged by hand."""
import copy
import math

import torch
from torch import nn

torch.manual_seed(0)


def sample_task():
    amplitude, phase = 1 + torch.rand(1), math.pi * torch.rand(1)
    def draw(n=20):
        x = 6 * torch.rand(n, 1) - 3
        return x, amplitude * torch.sin(x + phase)
    return draw


meta = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 1))
meta_opt = torch.optim.Adam(meta.parameters(), lr=5e-3)
loss_fn = nn.MSELoss()
meta_batch = 4

for iteration in range(25):
    meta_opt.zero_grad()
    query_loss = 0.0
    for _ in range(meta_batch):
        task = sample_task()
        learner = copy.deepcopy(meta)
        inner_opt = torch.optim.SGD(learner.parameters(), lr=0.05)
        x, y = task()
        for _ in range(3):
            inner_opt.zero_grad()
            loss_fn(learner(x), y).backward()
            inner_opt.step()
        inner_opt.zero_grad()
        x, y = task()
        loss = loss_fn(learner(x), y)
        loss.backward()
        query_loss += loss.item() / meta_batch
        for p, q in zip(meta.parameters(), learner.parameters()):
            g = q.grad / meta_batch
            p.grad = g if p.grad is None else p.grad + g
    meta_opt.step()
    if iteration % 8 == 0:
        print("iteration", iteration, "query loss", query_loss)
