import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
points = torch.randn(100, 2)
side = (points[:, 0] > 0).float()
target = torch.stack([side, 1 - side], dim=1)
loader = DataLoader(TensorDataset(points, target), batch_size=20)

net = nn.Sequential(
    nn.Linear(2, 8),
    nn.ReLU(),
    nn.Linear(8, 2),
    nn.Softmax(dim=-1),
)
brier = nn.MSELoss()
opt = optim.Adam(net.parameters(), lr=0.02)
for epoch in range(3):
    for a, b in loader:
        loss = brier(net(a), b)
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(loss.item())
