import torch
from torch import nn
from torch.optim import Adam as A

torch.manual_seed(0)
n, batch = 256, 32
x = torch.randn(n, 3)
y = torch.sign(x[:, :1]) * x[:, 1:2]
f = nn.Sequential(nn.Linear(3, 24), nn.ReLU(), nn.Linear(24, 1))

it = 0
while it < 80:
  lo = (it * batch) % n
  opt_in, opt_out = x[lo:lo + batch], y[lo:lo + batch]
  opt = A(f.parameters(), 3e-2)
  opt.zero_grad()
  l = (f(opt_in) - opt_out).pow(2).mean()
  l.backward()
  opt.step()
  it += 1
  if it % 20 == 0:
    print(it, l.item())
