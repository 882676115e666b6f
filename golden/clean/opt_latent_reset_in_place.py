"""Latent codes found by optimisation. The tensor is allocated once and overwritten for each sample."""
import torch
from torch import nn, optim

torch.manual_seed(3)
decoder = nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Linear(16, 10)).requires_grad_(False)
samples = decoder(torch.randn(5, 4))

z = torch.zeros(4, requires_grad=True)
codes = []
for sample in samples:
    with torch.no_grad():
        z.normal_()
    opt = optim.Adam([z], lr=0.1)
    for _ in range(30):
        opt.zero_grad()
        ((decoder(z) - sample) ** 2).sum().backward()
        opt.step()
    codes.append(z.detach().clone())
print(torch.stack(codes).norm(dim=1))
