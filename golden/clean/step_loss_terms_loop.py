# the loop builds the terms of one objective (physics-informed fit of u' = -u, u(0) = 1)
import torch
from torch import nn

torch.manual_seed(0)
u = nn.Sequential(nn.Linear(1, 20), nn.Tanh(), nn.Linear(20, 1))
opt = torch.optim.Adam(u.parameters(), lr=1e-2)
start = torch.zeros(1, 1)

for it in range(80):
    t = torch.rand(64, 1, requires_grad=True)
    slope = torch.autograd.grad(u(t).sum(), t, create_graph=True)[0]
    residuals = {'equation': slope + u(t), 'start': u(start) - 1}
    loss = 0.0
    for name, residual in residuals.items():
        loss = loss + residual.pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
    if it % 20 == 0:
        print(it, loss.item())
