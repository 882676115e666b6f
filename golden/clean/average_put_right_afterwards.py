"""What is divided by the number of samples is multiplied with the batch size, or is no plain sum over the batches."""
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

batch_size = 8


def undone(model, loader):
    total = 0.0
    for x, y in loader:
        total += F.cross_entropy(model(x), y).item()
    average = total / len(loader.dataset)
    average *= loader.batch_size
    return average, total / len(loader.dataset) * batch_size, total * batch_size / len(loader.dataset)


def mean_of(total, loader):
    return total / len(loader.dataset)


def undone_by_the_caller(model, loader):
    total = 0.0
    for x, y in loader:
        total += F.cross_entropy(model(x), y).item()
    return batch_size * mean_of(total, loader)


def some_batches(model, loader, most):
    """Stops early, leaves batches out, looks at every second one."""
    first = few = second = 0.0
    for number, (x, y) in enumerate(loader):
        if number == most:
            break
        first += F.cross_entropy(model(x), y).item()
    for x, y in loader:
        if x.mean() > 0:
            continue
        few += F.cross_entropy(model(x), y).item()
    for number, (x, y) in enumerate(loader):
        loss = F.cross_entropy(model(x), y)
        if number % 2 == 0:
            second += loss.item()
    rows = len(loader.dataset)
    return first / rows, few / rows, second / rows


def row_by_row(model, loader):
    """The inner loop's losses are those of single rows."""
    total = 0.0
    for x, y in loader:
        for row in range(len(x)):
            total += F.cross_entropy(model(x[row:row + 1]), y[row:row + 1]).item()
    return total / len(loader.dataset)


def of_prepared_batches(model, batches):
    total = 0.0
    for x, y in batches:
        total += F.cross_entropy(model(x), y).item()
    return total / len(batches)


def of_another_length(model, loader, other):
    total = 0.0
    for x, y in loader:
        total += F.cross_entropy(model(x), y).item()
    return total / len(other.dataset)


def weight_decay(model, loader):
    """A penalty on the weights, once per sample of the data."""
    penalty = sum(p.pow(2).sum() for p in model.parameters())
    return penalty.item() / len(loader.dataset)


torch.manual_seed(0)
dataset = TensorDataset(torch.randn(32, 5), torch.randint(0, 3, (32,)))
loader = DataLoader(dataset, batch_size=batch_size)
net = nn.Linear(5, 3)
with torch.no_grad():
    print(undone(net, loader), undone_by_the_caller(net, loader), some_batches(net, loader, 2))
    print(row_by_row(net, loader), of_prepared_batches(net, list(loader)), weight_decay(net, loader))
    held_out = DataLoader(TensorDataset(torch.randn(4, 5)), batch_size=2)
    print(of_another_length(net, loader, held_out))
