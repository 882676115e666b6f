import torch
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 1))
params = list(net.parameters())
x = torch.rand(100, 2)
y = x[:, :1] * x[:, 1:]
for step in range(80):
    loss = (net(x) - y).square().mean()
    grads = torch.autograd.grad(loss, params)
    with torch.no_grad():
        for p, g in zip(params, grads):
            p -= 0.2 * g
print(loss.item())
