"""Continual learning: tasks arrive one after the other, each is trained with a new optimizer on purpose."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def make_task(angle, n=160):
    x = torch.randn(n, 2)
    direction = torch.tensor([torch.cos(angle), torch.sin(angle)])
    return TensorDataset(x, (x @ direction > 0).long())


def accuracy(model, task):
    x, y = task.tensors
    with torch.no_grad():
        return (model(x).argmax(1) == y).float().mean().item()


torch.manual_seed(0)
tasks = [make_task(torch.tensor(a)) for a in (0.0, 0.8, 1.6)]
model = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 2))

for t, task in enumerate(tasks):
    # the moments of the last task mean nothing to this one
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    loader = DataLoader(task, batch_size=32, shuffle=True)
    for epoch in range(3):
        for x, y in loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
    print('after task', t, ['%.2f' % accuracy(model, seen) for seen in tasks[:t + 1]])
