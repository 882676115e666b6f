import itertools

import torch
from torch import nn


class Ensemble(nn.Module):
    def __init__(self, members):
        super().__init__()
        self.members = [nn.Linear(3, 1) for _ in range(members)]

    def forward(self, x):
        return torch.stack([member(x) for member in self.members]).mean(dim=0)


torch.manual_seed(0)
model = Ensemble(3)
optimizer = torch.optim.SGD(itertools.chain(*[m.parameters() for m in model.members]), lr=0.05)
x = torch.randn(40, 3)
for i in range(0, 40, 10):
    loss = nn.functional.mse_loss(model(x[i:i + 10]), x[i:i + 10].sum(1, keepdim=True))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
