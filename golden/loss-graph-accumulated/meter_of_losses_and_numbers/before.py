"""One kind of meter counts losses and accuracies; the losses of the training come with their graphs."""
import torch
from torch import nn


class Meter:
    def __init__(self):
        self.total = 0
        self.count = 0

    def update(self, value, count):
        self.total += value * count
        self.count += count

    def mean(self):
        return float(self.total) / self.count


torch.manual_seed(0)
data = torch.randn(64, 4)
targets = (data.sum(1) > 0).long()
model = nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
criterion = nn.CrossEntropyLoss()

for epoch in range(3):
    losses, hits, tested = Meter(), Meter(), Meter()
    for i in range(0, 48, 16):
        x, y = data[i : i + 16], targets[i : i + 16]
        optimizer.zero_grad()
        outputs = model(x)
        loss = criterion(outputs, y)
        losses.update(loss, x.size(0))  # of this batch
        hits.update((outputs.argmax(1) == y).sum().item() / x.size(0), x.size(0))
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        tested.update(criterion(model(data[48:]), targets[48:]), 16)
    print(epoch, losses.mean(), hits.mean(), tested.mean())
