"""MAML on sine regression: the outer step comes after the loop over tasks."""
import math

import torch
import torch.nn as nn
from torch.func import functional_call

torch.manual_seed(0)


def sample_sine(n=10):
    amp = 1 + 3 * torch.rand(1)
    phase = math.pi * torch.rand(1)
    x = 10 * torch.rand(2 * n, 1) - 5
    y = amp * torch.sin(x + phase)
    return (x[:n], y[:n]), (x[n:], y[n:])


net = nn.Sequential(nn.Linear(1, 32), nn.ReLU(), nn.Linear(32, 1))
meta_opt = torch.optim.Adam(net.parameters(), lr=1e-3)
inner_lr, tasks_per_step = 0.01, 4

for it in range(30):
    meta_opt.zero_grad()
    shown = 0.0
    for _ in range(tasks_per_step):
        (xs, ys), (xq, yq) = sample_sine()
        weights = dict(net.named_parameters())
        inner = nn.functional.mse_loss(functional_call(net, weights, (xs,)), ys)
        grads = torch.autograd.grad(inner, list(weights.values()), create_graph=True)
        fast = {k: w - inner_lr * g for (k, w), g in zip(weights.items(), grads)}
        loss = nn.functional.mse_loss(functional_call(net, fast, (xq,)), yq) / tasks_per_step
        loss.backward()
        shown += loss.item()
    meta_opt.step()
    if it % 10 == 0:
        print(it, shown)
