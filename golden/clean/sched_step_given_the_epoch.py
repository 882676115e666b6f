"""The schedule is set to an epoch by number: epoch 0 leaves the first learning rate as it is."""
import warnings

import torch
from torch import nn

warnings.simplefilter("ignore", UserWarning)
torch.manual_seed(0)
x = torch.randn(64, 5)
y = (x[:, 0] > 0).long()
model = nn.Linear(5, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.1)
for epoch in range(4):
    scheduler.step(epoch)
    for rows in torch.arange(64).split(16):
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x[rows]), y[rows])
        loss.backward()
        optimizer.step()
    print(epoch, optimizer.param_groups[0]["lr"], loss.item())
