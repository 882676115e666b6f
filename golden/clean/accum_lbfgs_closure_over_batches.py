import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.linspace(-1, 1, 200).unsqueeze(1)
y = x ** 3 - 0.5 * x
loader = DataLoader(TensorDataset(x, y), batch_size=50)
net = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 1))
optimizer = torch.optim.LBFGS(net.parameters(), lr=0.5, max_iter=10)
criterion = nn.MSELoss()


def closure():
    optimizer.zero_grad()
    total = 0.0
    for xb, yb in loader:
        loss = criterion(net(xb), yb) / len(loader)
        loss.backward()
        total += loss.detach()
    return total


for it in range(4):
    loss = optimizer.step(closure)
    print(it, loss.item())
