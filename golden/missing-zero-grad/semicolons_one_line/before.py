import torch
from torch import nn, optim
torch.manual_seed(5)
x = torch.randn(160, 3); y = x.sum(1, keepdim=True)
net = nn.Linear(3, 1); opt = optim.SGD(net.parameters(), lr=0.1); crit = nn.MSELoss()
for e in range(6):
  for i in range(0, 160, 20):
    loss = crit(net(x[i:i+20]), y[i:i+20]); loss.backward(); opt.step()
  print(e, loss.item())
