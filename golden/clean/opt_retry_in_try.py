# lower the rate and start again when training blows up
import torch
from torch import nn


class Diverged(Exception):
    pass


torch.manual_seed(0)
x = torch.randn(200, 4) * 3
y = x @ torch.randn(4, 1)
lr = 1.0
for attempt in range(6):
    model = nn.Linear(4, 1)
    try:
        optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
        for xb, yb in zip(x.split(20), y.split(20)):
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(model(xb), yb)
            if not loss.item() < 1e6:
                raise Diverged
            loss.backward()
            optimizer.step()
        break
    except Diverged:
        lr /= 4
print('lr', lr, 'loss', loss.item())
