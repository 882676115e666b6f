"""Totals of numbers, of detached losses, and a meter that detaches what it is given."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(96, 4)
loader = DataLoader(TensorDataset(x, x[:, :1]), batch_size=24, shuffle=True)
model = nn.Linear(4, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
criterion = nn.MSELoss()


class Meter:
    def __init__(self):
        self.total, self.count = 0.0, 0

    def update(self, value, n):
        self.total += value.detach() * n
        self.count += n


history, outputs = [], []
for epoch in range(3):
    meter, running, second, third = Meter(), 0.0, 0.0, torch.zeros(())
    for a, b in loader:
        optimizer.zero_grad()
        out = model(a)
        loss = criterion(out, b)
        loss.backward()
        optimizer.step()
        meter.update(loss, len(a))
        third += loss.data
        outputs.append(out.detach())
        second += float(loss)
        loss = loss.item()
        running += loss
        history.append(loss)
    print(running, second, third.item(), meter.total / meter.count, len(history), len(outputs))

with torch.no_grad():
    total = 0
    for a, b in loader:
        total += criterion(model(a), b)
    print(total)
