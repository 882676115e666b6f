"""No layer of this network depends on the mode, so it does not matter that it stays in eval mode."""
import torch
from torch import nn

torch.manual_seed(3)
x = torch.randn(80, 3)
y = x.sum(1, keepdim=True)
net = nn.Sequential(nn.Linear(3, 16), nn.LayerNorm(16), nn.GELU(), nn.Dropout(0.0), nn.Linear(16, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.05)
for epoch in range(3):
    for i in range(0, 60, 20):
        opt.zero_grad()
        nn.functional.mse_loss(net(x[i:i + 20]), y[i:i + 20]).backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        print(nn.functional.mse_loss(net(x[60:]), y[60:]).item())
for epoch in range(3):
    net.train()
    opt.zero_grad()
    nn.functional.mse_loss(net(x[:60]), y[:60]).backward()
    opt.step()
    with torch.no_grad():
        print(nn.functional.mse_loss(net(x[60:]), y[60:]).item())
