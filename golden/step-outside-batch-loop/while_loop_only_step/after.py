import torch
import torch.optim as O
from torch import nn

torch.manual_seed(0)
data = torch.randn(256, 10)
goal = torch.relu(data @ torch.randn(10, 3))
f = nn.Sequential(nn.Linear(10, 40), nn.ReLU(), nn.Linear(40, 3))
sgd = O.SGD(f.parameters(), lr=0.05, momentum=0.9)

for epoch in range(12):
    pos = 0
    while pos < len(data):
        chunk, want = data[pos:pos + 32], goal[pos:pos + 32]
        f.zero_grad()
        err = nn.functional.mse_loss(f(chunk), want)
        err.backward()
        pos += 32
        sgd.step()
    if epoch % 3 == 2:
        print(epoch + 1, err.item())
