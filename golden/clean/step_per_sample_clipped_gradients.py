"""DP-SGD by hand: per-sample gradients are clipped and summed in the loop, the noisy mean is applied after it."""
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(96, 4)
y = (x[:, 0] > 0).long()
model = nn.Linear(4, 2)
params = list(model.parameters())
optimizer = torch.optim.SGD(params, lr=0.5)
BOUND, NOISE, LOT = 1.0, 0.5, 16

for epoch in range(3):
    for idx in torch.randperm(96).split(LOT):
        summed = [torch.zeros_like(p) for p in params]
        for xi, yi in zip(x[idx], y[idx]):
            model.zero_grad()
            loss = nn.functional.cross_entropy(model(xi.unsqueeze(0)), yi.unsqueeze(0))
            loss.backward()
            norm = torch.stack([p.grad.norm() for p in params]).norm()
            for s, p in zip(summed, params):
                s.add_(p.grad * min(1.0, BOUND / (norm.item() + 1e-6)))
        for p, s in zip(params, summed):
            p.grad = (s + NOISE * BOUND * torch.randn_like(s)) / LOT
        optimizer.step()
    print(epoch, loss.item())
