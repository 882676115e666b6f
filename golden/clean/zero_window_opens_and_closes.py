import torch
import torch.nn as nn

torch.manual_seed(0)
K = 3
x = torch.randn(360, 4)
y = (x ** 2).mean(1, keepdim=True)
parts = list(zip(x.split(15), y.split(15)))
net = nn.Sequential(nn.Linear(4, 24), nn.ReLU(), nn.Linear(24, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(5):
    for i, (xb, yb) in enumerate(parts):
        if i % K == 0:
            optimizer.zero_grad()
        loss = nn.functional.mse_loss(net(xb), yb)
        (loss / K).backward()
        if i % K == K - 1:
            optimizer.step()
    print(epoch, loss.item())
