import argparse

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.data.distributed import DistributedSampler


def train(loader, model, criterion, optimizer):
    model.train()
    for x, y in loader:
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--replicas", type=int, default=2)
    args = parser.parse_args([])
    torch.manual_seed(0)
    x = torch.randn(64, 4)
    data = TensorDataset(x, (x[:, 0] > 0).long())
    if args.replicas > 1:
        train_sampler = DistributedSampler(data, num_replicas=args.replicas, rank=0)
    else:
        train_sampler = None
    loader = DataLoader(data, batch_size=8, shuffle=(train_sampler is None), sampler=train_sampler)
    model = nn.Linear(4, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for epoch in range(args.epochs):
        if train_sampler is not None:
            train_sampler.set_epoch(epoch)
        # one pass over this replica's share
        print(epoch, train(loader, model, nn.CrossEntropyLoss(), optimizer))


if __name__ == "__main__":
    main()
