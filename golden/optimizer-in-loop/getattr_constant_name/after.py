import torch
import torch.optim as optim
from torch import nn

OPTIMIZER = 'Adagrad'

torch.manual_seed(0)
x = torch.randn(240, 5)
w = torch.tensor([[1.0], [0.0], [0.0], [-2.0], [0.5]])
y = x @ w
net = nn.Linear(5, 1)


def batches(size):
    order = torch.randperm(len(x))
    for i in range(0, len(x), size):
        yield x[order[i:i + size]], y[order[i:i + size]]


optimizer = getattr(optim, OPTIMIZER)(net.parameters(), lr=0.3)
for epoch in range(6):
    for xb, yb in batches(40):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(net(xb), yb)
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
