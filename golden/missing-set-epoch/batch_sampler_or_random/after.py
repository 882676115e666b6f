import argparse

import torch
from torch import nn
from torch.utils import data


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--distributed", action="store_true", default=True)
    parser.add_argument("--epochs", type=int, default=3)
    args = parser.parse_args([])
    torch.manual_seed(0)
    x = torch.randn(64, 5)
    train_set = data.TensorDataset(x, (x[:, 1] > 0).long())

    if args.distributed:
        sampler_train = data.DistributedSampler(train_set, num_replicas=2, rank=0)
    else:
        sampler_train = data.RandomSampler(train_set)
    batches = data.BatchSampler(sampler_train, 8, drop_last=True)
    loader = data.DataLoader(train_set, batch_sampler=batches)

    model = nn.Linear(5, 2)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(args.epochs):
        if isinstance(sampler_train, data.DistributedSampler):
            sampler_train.set_epoch(epoch)
        for samples, targets in loader:
            loss = criterion(model(samples), targets)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(epoch, loss.item())


if __name__ == "__main__":
    main()
