"""Losses that are sums over their batch, counts and other sums: the number of samples is the right divisor."""
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def test(model, test_loader):
    model.eval()
    test_loss, correct = 0, 0
    with torch.no_grad():
        for data, target in test_loader:
            output = F.log_softmax(model(data), dim=1)
            test_loss += F.nll_loss(output, target, reduction="sum").item()  # sum up batch loss
            pred = output.argmax(dim=1, keepdim=True)
            correct += pred.eq(target.view_as(pred)).sum().item()
    test_loss /= len(test_loader.dataset)
    print(f"average loss: {test_loss:.4f}, accuracy: {100.0 * correct / len(test_loader.dataset):.0f}%")


def fit(model, loader, epochs):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    criterion = nn.CrossEntropyLoss(reduction="sum")
    each = nn.CrossEntropyLoss(reduction="none")
    for epoch in range(epochs):
        model.train()
        total, parts, right = 0.0, 0.0, 0.0
        for x, y in loader:
            out = model(x)
            loss = criterion(out, y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
            parts += each(out.detach(), y).sum().item()
            right += (out.argmax(1) == y).float().sum().item()
        rows = len(loader.dataset)
        print(epoch, total / rows, parts / rows, right / rows)


class Squares:
    """The old way to ask for a sum."""

    def __init__(self, model):
        self.model = model
        self.criterion = nn.MSELoss(size_average=False)

    def score(self, loader):
        error = 0.0
        with torch.no_grad():
            for x, y in loader:
                error += float(self.criterion(self.model(x), F.one_hot(y, 3).float()))
        return error / len(loader.dataset)


torch.manual_seed(0)
dataset = TensorDataset(torch.randn(40, 5), torch.randint(0, 3, (40,)))
batches = DataLoader(dataset, batch_size=8, shuffle=True)
net = nn.Linear(5, 3)
fit(net, batches, 2)
test(net, batches)
print(Squares(net).score(batches))
