"""Gradient accumulation with delayed synchronisation (runs undistributed as well)."""
import contextlib

import torch
import torch.distributed as dist
import torch.nn as nn
from torch.nn.parallel import DistributedDataParallel as DDP
from torch.utils.data import DataLoader, TensorDataset


def main():
    torch.manual_seed(0)
    accumulation = 4
    x = torch.randn(320, 10)
    y = (x[:, 0] > x[:, 1]).long()
    loader = DataLoader(TensorDataset(x, y), batch_size=10, shuffle=True)
    model = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 2))
    if dist.is_available() and dist.is_initialized():
        model = DDP(model)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2)

    for epoch in range(4):
        optimizer.zero_grad()
        for i, (inputs, labels) in enumerate(loader):
            boundary = (i + 1) % accumulation == 0
            delay = contextlib.nullcontext() if boundary or not isinstance(model, DDP) else model.no_sync()
            with delay:
                loss = criterion(model(inputs), labels)
                (loss / accumulation).backward()
            if boundary:
                optimizer.step()
                optimizer.zero_grad()
        print(f"epoch {epoch} loss {loss.item():.4f}")


if __name__ == "__main__":
    main()
