"""Schedules that last for all batches of the run, moved with each batch; lengths written in several ways."""
import math

import torch
from torch import nn
from torch.optim.lr_scheduler import CosineAnnealingLR, LambdaLR, LinearLR
from torch.utils.data import DataLoader, TensorDataset

EPOCHS, SIZE = 3, 16
torch.manual_seed(0)
data = TensorDataset(torch.randn(80, 4), torch.randint(0, 2, (80,)))
loader = DataLoader(data, batch_size=SIZE, shuffle=True)
per_epoch = math.ceil(len(data) / SIZE)
for build in (
    lambda o: CosineAnnealingLR(o, T_max=EPOCHS * len(loader)),
    lambda o: LinearLR(o, 1.0, 0.0, total_iters=EPOCHS * per_epoch),
    lambda o: LambdaLR(o, lambda n: 1 - n / (EPOCHS * len(loader))),
):
    model = nn.Linear(4, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scheduler = build(optimizer)
    for epoch in range(EPOCHS):
        for x, y in loader:
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()
            scheduler.step()
    print(scheduler.get_last_lr())
