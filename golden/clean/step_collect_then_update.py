"""The loop only fills a buffer; the batch of the update is drawn from it afterwards."""
import random

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

random.seed(0)
torch.manual_seed(0)
stream = torch.randn(240, 3)
loader = DataLoader(TensorDataset(stream, stream.norm(dim=1, keepdim=True)), batch_size=8)
model = nn.Sequential(nn.Linear(3, 24), nn.ReLU(), nn.Linear(24, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
memory = []

for epoch in range(30):
    for x, y in loader:
        memory.extend(zip(x, y))
    memory = memory[-500:]
    xs, ys = zip(*random.sample(memory, 64))
    loss = nn.functional.mse_loss(model(torch.stack(xs)), torch.stack(ys))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 10 == 9:
        print(epoch + 1, loss.item())
