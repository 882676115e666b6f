"""Each parameter is updated as soon as its gradient is ready; there is no separate step."""
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(240, 8)
y = x[:, :3].sum(1, keepdim=True)
loader = DataLoader(TensorDataset(x, y), batch_size=24, shuffle=True)
model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 1))

optimizers = {p: torch.optim.Adam([p], lr=0.01) for p in model.parameters()}


def update(p):
    optimizers[p].step()
    optimizers[p].zero_grad()


for p in model.parameters():
    p.register_post_accumulate_grad_hook(update)

criterion = nn.MSELoss()
for epoch in range(5):
    for inputs, targets in loader:
        loss = criterion(model(inputs), targets)
        loss.backward()
    print(epoch, loss.item())
