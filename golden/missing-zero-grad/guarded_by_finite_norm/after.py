import torch
from torch import nn, optim
from torch.nn.utils import clip_grad_norm_
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(300, 8)
y = x.pow(2).sum(1, keepdim=True) / 8
loader = DataLoader(TensorDataset(x, y), batch_size=30, shuffle=True)
model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = optim.AdamW(model.parameters(), lr=1e-2)
criterion = nn.SmoothL1Loss()

for epoch in range(6):
    for data, target in loader:
        optimizer.zero_grad()
        output = model(data)
        loss = criterion(output, target)
        loss.backward()
        norm = clip_grad_norm_(model.parameters(), 1.0)
        # skip the update when the gradient has blown up
        if torch.isfinite(norm):
            optimizer.step()
    print(f'{epoch} loss {loss.item():.4f} norm {norm.item():.3f}')
