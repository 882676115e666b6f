"""Cells of a notebook: the schedule and the loop each say the number of epochs, and the schedule moves with batches."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.rand(60, 4)
train = DataLoader(TensorDataset(x, (x.sum(1) > 2).long()), batch_size=10, shuffle=True)

net = nn.Sequential(nn.Linear(4, 10), nn.ReLU(), nn.Linear(10, 2))
optimizer = torch.optim.AdamW(net.parameters(), lr=0.01)
schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=6)

for epoch in range(6):
    for inputs, kind in train:
        loss = nn.functional.cross_entropy(net(inputs), kind)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    schedule.step()
    print(epoch, loss.item(), schedule.get_last_lr()[0])
