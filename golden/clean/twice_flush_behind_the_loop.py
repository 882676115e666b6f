"""A step behind the loop applies what the last window left over; nothing is left when the windows fit."""
import torch
from torch import nn, optim

torch.manual_seed(10)
net = nn.Linear(5, 2)
optimizer = optim.SGD(net.parameters(), lr=0.1)
data = [(torch.randn(6, 5), torch.randint(0, 2, (6,))) for _ in range(10)]
for epoch in range(2):
    for i, (x, y) in enumerate(data):
        if i % 4 == 0:
            optimizer.zero_grad()
        (nn.functional.cross_entropy(net(x), y) / 4).backward()
        if i % 4 == 3:
            optimizer.step()
    if len(data) % 4:
        optimizer.step()
    print(epoch)
