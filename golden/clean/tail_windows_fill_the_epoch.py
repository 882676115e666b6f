"""Twenty batches in windows of four: the last incomplete batch is dropped, so nothing is left over."""
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

ACCUMULATION, BATCH = 4, 8
torch.manual_seed(1)
points = torch.rand(165, 3)
target = (points.sum(1) > 1.5).float()
loader = DataLoader(TensorDataset(points, target), batch_size=BATCH, shuffle=True, drop_last=True)
net = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(3):
    for i, (x, y) in enumerate(loader):
        loss = nn.functional.binary_cross_entropy_with_logits(net(x).squeeze(1), y) / ACCUMULATION
        loss.backward()
        if (i + 1) % ACCUMULATION == 0:
            optimizer.step()
            optimizer.zero_grad()
    print(epoch, loss.item())
