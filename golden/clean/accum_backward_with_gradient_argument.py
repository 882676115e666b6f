import torch
from torch import nn

torch.manual_seed(0)
k = 4
weight = torch.full((), 1.0 / k)

x = torch.randn(320, 4)
y = torch.cos(x.sum(1, keepdim=True))
model = nn.Sequential(nn.Linear(4, 48), nn.Tanh(), nn.Linear(48, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

for epoch in range(5):
    optimizer.zero_grad()
    for step, idx in enumerate(torch.randperm(320).split(10)):
        loss = nn.functional.mse_loss(model(x[idx]), y[idx])
        loss.backward(gradient=weight)
        if (step + 1) % k == 0:
            optimizer.step()
            optimizer.zero_grad()
    print(f"epoch {epoch}: {loss.item():.4f}")
