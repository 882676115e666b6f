# Constrained fitting, stage by stage: the multiplier and its optimizer are created anew, the network goes on.
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(128, 6)
y = x[:, :2].sum(1, keepdim=True)
net = nn.Linear(6, 1)
net_opt = torch.optim.Adam(net.parameters(), lr=1e-2)
budget = 1.0

for stage in range(3):
    log_mult = torch.zeros(1, requires_grad=True)
    mult_opt = torch.optim.Adam([log_mult], lr=5e-2)
    for step in range(25):
        fit = (net(x) - y).pow(2).mean()
        excess = net.weight.abs().sum() - budget

        net_opt.zero_grad()
        (fit + log_mult.detach().exp() * excess).backward()
        net_opt.step()

        mult_opt.zero_grad()
        (-log_mult.exp() * excess.detach()).backward()
        mult_opt.step()
    print(f'stage {stage}: fit {fit.item():.3f} excess {excess.item():+.3f} multiplier {log_mult.exp().item():.3f}')
