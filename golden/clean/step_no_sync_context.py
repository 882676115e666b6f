import contextlib

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(256, 6)
loader = DataLoader(TensorDataset(x, x.sin().sum(1, keepdim=True)), batch_size=32)
model = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 1))
if dist.is_available() and dist.is_initialized():
    model = DDP(model)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
last = len(loader) - 1

for epoch in range(8):
    optimizer.zero_grad()
    for i, (xb, yb) in enumerate(loader):
        # all-reduce only with the last micro-batch
        sync = model.no_sync() if i < last and isinstance(model, DDP) else contextlib.nullcontext()
        with sync:
            loss = nn.functional.mse_loss(model(xb), yb) / len(loader)
            loss.backward()
    optimizer.step()
    print(epoch, loss.item() * len(loader))
