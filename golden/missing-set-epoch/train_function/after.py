import argparse

import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, DistributedSampler, TensorDataset


def train_one_epoch(model, optimizer, loader):
    total = 0.0
    for x, y in loader:
        optimizer.zero_grad()
        loss = F.mse_loss(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(loader)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=3)
    args = parser.parse_args()
    torch.manual_seed(0)
    x = torch.randn(96, 4)
    data = TensorDataset(x, x.prod(dim=1, keepdim=True))
    loader = DataLoader(data, batch_size=12, sampler=DistributedSampler(data, num_replicas=2, rank=1))
    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for epoch in range(args.epochs):
        loader.sampler.set_epoch(epoch)
        print(epoch, train_one_epoch(model, optimizer, loader))


if __name__ == "__main__":
    main()
