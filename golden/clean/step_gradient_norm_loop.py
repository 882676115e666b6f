import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(180, 5)
y = torch.tanh(x).sum(1, keepdim=True)
net = nn.Sequential(nn.Linear(5, 20), nn.ReLU(), nn.Linear(20, 1))
opt = torch.optim.RMSprop(net.parameters(), lr=5e-3)
largest = 0.0

for epoch in range(6):
    for xb, yb in zip(x.split(30), y.split(30)):
        opt.zero_grad()
        loss = nn.functional.mse_loss(net(xb), yb)
        loss.backward()
        # look at the gradients between backward and step
        total = 0.0
        for p in net.parameters():
            total += p.grad.norm().item() ** 2
        largest = max(largest, total ** 0.5)
        opt.step()
print('largest gradient norm', largest, 'loss', loss.item())
