"""A distributed sampler behind a batch sampler is told the epoch, through whatever holds it."""
import torch
from torch import nn
from torch.utils.data import BatchSampler, DataLoader, DistributedSampler, RandomSampler, TensorDataset


def loader_of(data, distributed):
    sampler = DistributedSampler(data, num_replicas=2, rank=0) if distributed else RandomSampler(data)
    return DataLoader(data, batch_sampler=BatchSampler(sampler, 8, drop_last=False))


def train(model, loader, epochs):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for epoch in range(epochs):
        if hasattr(loader.batch_sampler.sampler, "set_epoch"):
            loader.batch_sampler.sampler.set_epoch(epoch)
        for x, y in loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
        print(epoch, loss.item())


torch.manual_seed(0)
x = torch.randn(48, 3)
data = TensorDataset(x, (x[:, 0] > 0).long())
train(nn.Linear(3, 2), loader_of(data, True), 3)
train(nn.Linear(3, 2), loader_of(data, False), 3)
