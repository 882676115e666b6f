import torch
from torch import nn
from torch.distributed.optim import _apply_optimizer_in_backward

torch.manual_seed(0)
net = nn.Linear(5, 1)
x = torch.randn(200, 5)
y = x.sum(1, keepdim=True)
_apply_optimizer_in_backward(torch.optim.SGD, net.parameters(), {'lr': 0.05})

for epoch in range(5):
    for xb, yb in zip(x.split(20), y.split(20)):
        # the update happens in here, and the gradient is set to None behind it
        nn.functional.mse_loss(net(xb), yb).backward()
print('error', nn.functional.mse_loss(net(x), y).item())
