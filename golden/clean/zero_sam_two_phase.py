"""Sharpness-aware minimisation: two backward passes, each phase of the optimizer clears the gradients itself."""
import torch
from torch import nn


class SAM(torch.optim.Optimizer):
    def __init__(self, params, base, rho=0.05, **kwargs):
        super().__init__(params, dict(rho=rho, **kwargs))
        self.base = base(self.param_groups, **kwargs)

    @torch.no_grad()
    def first_step(self, zero_grad=False):
        norm = torch.norm(torch.stack([p.grad.norm() for g in self.param_groups for p in g['params']]))
        for group in self.param_groups:
            for p in group['params']:
                shift = p.grad * (group['rho'] / (norm + 1e-12))
                p.add_(shift)
                self.state[p]['shift'] = shift
        if zero_grad:
            self.zero_grad()

    @torch.no_grad()
    def second_step(self, zero_grad=False):
        for group in self.param_groups:
            for p in group['params']:
                p.sub_(self.state[p]['shift'])
        self.base.step()
        if zero_grad:
            self.zero_grad()


torch.manual_seed(0)
x = torch.randn(320, 10)
y = (x[:, :3].sum(1) > 0).long()
model = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 2))
criterion = nn.CrossEntropyLoss()
optimizer = SAM(model.parameters(), torch.optim.SGD, lr=0.1, momentum=0.9)

for epoch in range(5):
    for inputs, targets in zip(x.split(64), y.split(64)):
        loss = criterion(model(inputs), targets)
        loss.backward()
        optimizer.first_step(zero_grad=True)

        criterion(model(inputs), targets).backward()
        optimizer.second_step(zero_grad=True)
    print(f'{epoch}: {loss.item():.3f}')
