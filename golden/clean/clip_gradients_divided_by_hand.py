"""Gradients are divided by the scale by hand before they are clipped and applied."""
import torch
from torch import nn

torch.manual_seed(5)
model = nn.Linear(5, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
scaler = torch.amp.GradScaler("cpu", init_scale=256.0, growth_interval=10**6)
for x in torch.randn(60, 5).split(12):
    optimizer.zero_grad()
    loss = (model(x) - x.mean(1, keepdim=True)).pow(2).mean()
    scaler.scale(loss).backward()
    for p in model.parameters():
        p.grad.div_(scaler.get_scale())
    if all(torch.isfinite(p.grad).all() for p in model.parameters()):
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    print(loss.item())
