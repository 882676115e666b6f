"""Means that count for themselves, shares of a data set, single samples, and losses that are not known to be means."""
import torch
from torch import nn
from torch.utils.data import DataLoader, SubsetRandomSampler, TensorDataset


class AverageMeter:
    def __init__(self):
        self.sum, self.count = 0.0, 0

    def update(self, value, n=1):
        self.sum += value * n
        self.count += n

    @property
    def average(self):
        return self.sum / max(self.count, 1)


def with_meter(model, loader, criterion):
    meter = AverageMeter()
    for x, y in loader:
        meter.update(criterion(model(x), y).item(), x.size(0))
    return meter.average


def by_the_loader(model, loader):
    criterion = nn.CrossEntropyLoss()
    total = 0.0
    for x, y in loader:
        total += criterion(model(x), y).item()
    return total / len(loader)


def of_a_share(model, dataset, rows):
    """The sampler's share is what counts; its loader goes through part of the data set alone."""
    criterion = nn.CrossEntropyLoss()
    sampler = SubsetRandomSampler(rows)
    loader = DataLoader(dataset, batch_size=4, sampler=sampler)
    total = weighed = 0.0
    for x, y in loader:
        loss = criterion(model(x), y)
        total += loss.item()
        weighed += loss.item() * len(y)
    return total / len(loader), weighed / len(sampler), total / len(dataset) * len(dataset) / len(loader)


def one_by_one(model, dataset):
    criterion = nn.CrossEntropyLoss()
    singles = DataLoader(dataset, batch_size=1)
    plain = DataLoader(dataset)
    total, other = 0.0, 0.0
    for x, y in singles:
        total += criterion(model(x), y).item()
    for x, y in plain:
        other += criterion(model(x), y).item()
    return total / len(singles.dataset), other / len(dataset)


def out_of_sight(model, loader, criterion):
    total = 0.0
    for x, y in loader:
        total += criterion(model(x), y).item()
    return total / len(loader.dataset)


def main(criteria=None):
    torch.manual_seed(0)
    dataset = TensorDataset(torch.randn(24, 5), torch.randint(0, 3, (24,)))
    loader = DataLoader(dataset, batch_size=8)
    model = nn.Linear(5, 3)
    with torch.no_grad():
        print(with_meter(model, loader, nn.CrossEntropyLoss()), by_the_loader(model, loader))
        print(of_a_share(model, dataset, list(range(12))), one_by_one(model, dataset))
        for criterion in criteria or ():
            print(out_of_sight(model, loader, criterion))


main()
