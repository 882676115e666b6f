import torch
import torch.nn as nn
from torch.optim import Adam as A

torch.manual_seed(0)
inp = torch.randn(200, 5)
out = inp.prod(1, keepdim=True).tanh()
net = nn.Sequential(nn.Linear(5, 30), nn.ReLU(), nn.Linear(30, 1))
opt = A(net.parameters(), 1e-2)

for step in range(60):
  ix = torch.randint(0, 200, (40,))
  loss = nn.functional.mse_loss(net(inp[ix]), out[ix])
  opt.zero_grad(); loss.backward(); opt.step()
  if step % 20 == 0:
    print(step, loss.item())
