import torch
from torch import nn


class Named(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Linear(4, 4) for _ in range(2)]
        for number, layer in enumerate(self.layers):
            self.add_module(f"layer{number}", layer)

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return x


class Wrapped(nn.Module):
    def __init__(self):
        super().__init__()
        self.steps = []
        self.steps.append(nn.Linear(4, 4))
        self.steps.append(nn.Linear(4, 1))
        self.steps = nn.ModuleList(self.steps)

    def forward(self, x):
        for step in self.steps:
            x = step(x)
        return x


class Both(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner, self.outer = nn.Linear(4, 4), nn.Linear(4, 4)
        self.order = [self.outer, self.inner]

    def forward(self, x):
        for part in self.order:
            x = part(x)
        return x


torch.manual_seed(0)
model = nn.Sequential(Named(), Both(), Wrapped())
x, y = torch.randn(30, 4), torch.randn(30, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for i in range(0, 30, 10):
    loss = nn.functional.mse_loss(model(x[i:i + 10]), y[i:i + 10])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
