import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class AveragingSGD(torch.optim.SGD):
    """SGD that divides what was accumulated by the number of contributions."""

    def __init__(self, params, lr, contributions, **kwargs):
        super().__init__(params, lr=lr, **kwargs)
        self.contributions = contributions

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p.grad.div_(self.contributions)
        return super().step(closure)


torch.manual_seed(0)
micro_steps = 4
x = torch.randn(256, 5)
y = x[:, :1] * 2 - x[:, 1:2]
loader = DataLoader(TensorDataset(x, y), batch_size=8, shuffle=True)
model = nn.Linear(5, 1)
optimizer = AveragingSGD(model.parameters(), lr=0.1, contributions=micro_steps)
criterion = nn.MSELoss()

for epoch in range(4):
    optimizer.zero_grad()
    for i, (inputs, targets) in enumerate(loader):
        loss = criterion(model(inputs), targets)
        loss.backward()
        if (i + 1) % micro_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    print(epoch, loss.item())
