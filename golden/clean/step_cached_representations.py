# contrastive learning with a gradient cache: embed in chunks, one loss over all of them, then chunk-wise backward
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)
encoder = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 8))
optimizer = torch.optim.Adam(encoder.parameters(), lr=1e-2)
basis = torch.randn(64, 10)

for step in range(12):
    a = (basis + 0.2 * torch.randn_like(basis)).split(16)
    b = (basis + 0.2 * torch.randn_like(basis)).split(16)
    with torch.no_grad():
        za = torch.cat([encoder(c) for c in a]).requires_grad_()
        zb = torch.cat([encoder(c) for c in b]).requires_grad_()
    with torch.enable_grad():
        sim = F.normalize(za, dim=1) @ F.normalize(zb, dim=1).t() / 0.1
        loss = F.cross_entropy(sim, torch.arange(64))
    ga, gb = torch.autograd.grad(loss, [za, zb])

    optimizer.zero_grad()
    for chunk, grad in zip(a + b, ga.split(16) + gb.split(16)):
        encoder(chunk).backward(grad)
    optimizer.step()
    if step % 4 == 3:
        print(step + 1, loss.item())
