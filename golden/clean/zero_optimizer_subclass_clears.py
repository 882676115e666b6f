import torch
from torch import nn, optim


class SelfCleaningSGD(optim.SGD):
    """SGD whose step also drops the gradients it has used."""

    def step(self, closure=None):
        result = super().step(closure)
        self.zero_grad()
        return result


torch.manual_seed(0)
x = torch.randn(150, 4)
y = x.sum(1, keepdim=True) + 1
model = nn.Linear(4, 1)
optimizer = SelfCleaningSGD(model.parameters(), lr=0.05)
for epoch in range(6):
    for xb, yb in zip(x.split(30), y.split(30)):
        loss = nn.functional.mse_loss(model(xb), yb)
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
