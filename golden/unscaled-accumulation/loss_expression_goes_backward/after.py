import torch
from torch import nn, optim
import torch.nn.functional as F

torch.manual_seed(0)

y = torch.randint(0, 3, (240,))
x = torch.randn(240, 4)
x[torch.arange(240), y] += 2.0

model = nn.Linear(4, 3)
optimizer = optim.SGD(model.parameters(), lr=0.1)
virtual_batch = 6

for epoch in range(5):
    model.train()
    optimizer.zero_grad()
    for n, (xb, yb) in enumerate(zip(x.split(10), y.split(10))):
        (F.cross_entropy(model(xb), yb) / virtual_batch).backward()
        if (n + 1) % virtual_batch == 0:
            optimizer.step()
            optimizer.zero_grad()
    model.eval()
    with torch.no_grad():
        print(epoch, F.cross_entropy(model(x), y).item())
