import torch
from torch import nn


class Adapter(nn.Module):
    def __init__(self, trainable):
        super().__init__()
        self.requires_grad = trainable
        self.down = nn.Linear(4, 2)

    def forward(self, x):
        y = self.down(x)
        return y if self.requires_grad else y.detach()


class Switch(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 1)

    @property
    def requires_grad(self):
        return self.layer.weight.requires_grad

    @requires_grad.setter
    def requires_grad(self, flag):
        self.layer.requires_grad_(flag)

    def forward(self, x):
        return self.layer(x)


class Config:
    requires_grad = True


torch.manual_seed(0)
config = Config()
config.requires_grad = False
adapter, switch, base = Adapter(True), Switch(), nn.Linear(4, 4)
switch.requires_grad = True
base.weight.requires_grad = False
for p in base.parameters():
    p.requires_grad = False
x = torch.randn(24, 4)
x.requires_grad = True
optimizer = torch.optim.SGD([*adapter.parameters(), *switch.parameters()], lr=0.1)
for step in range(4):
    loss = switch(adapter(base(x))).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item(), x.grad.norm().item())
