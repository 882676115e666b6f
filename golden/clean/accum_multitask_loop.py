"""One shared trunk, several tasks: the gradients of the tasks are meant to add up."""
import torch
from torch import nn

torch.manual_seed(0)


class Shared(nn.Module):
    def __init__(self, tasks):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(6, 32), nn.ReLU())
        self.heads = nn.ModuleDict({name: nn.Linear(32, 1) for name in tasks})

    def forward(self, x, task):
        return self.heads[task](self.trunk(x))


TASKS = {
    "sum": lambda x: x.sum(1, keepdim=True),
    "max": lambda x: x.max(1, keepdim=True).values,
    "norm": lambda x: x.norm(dim=1, keepdim=True),
}

x = torch.randn(256, 6)
model = Shared(TASKS)
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
mse = nn.MSELoss()

for epoch in range(6):
    for idx in torch.randperm(256).split(32):
        optimizer.zero_grad()
        report = {}
        for name, truth in TASKS.items():
            loss = mse(model(x[idx], name), truth(x[idx]))
            loss.backward()
            report[name] = round(loss.item(), 3)
        optimizer.step()
    print(epoch, report)
