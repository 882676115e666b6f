"""Members of an ensemble share one optimizer but no weights: their gradients never meet."""
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
members = nn.ModuleList(nn.Sequential(nn.Linear(3, 16), nn.Tanh(), nn.Linear(16, 1)) for _ in range(4))
optimizer = torch.optim.Adam(members.parameters(), lr=0.01)
criterion = nn.MSELoss()

x = torch.randn(200, 3)
y = torch.sin(x[:, :1]) + 0.1 * torch.randn(200, 1)
loader = DataLoader(TensorDataset(x, y), batch_size=20, shuffle=True)

for epoch in range(6):
    for xb, yb in loader:
        optimizer.zero_grad()
        for net in members:
            loss = criterion(net(xb), yb)
            loss.backward()
        optimizer.step()
    with torch.no_grad():
        spread = torch.stack([net(x) for net in members]).std(dim=0).mean().item()
    print("epoch", epoch, "loss", loss.item(), "spread", spread)
