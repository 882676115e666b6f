import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
GRAD_ACCUM = 3
scaler = torch.amp.GradScaler("cpu", enabled=False)
x = torch.randn(180, 6)
y = x.cumsum(dim=1)
loader = DataLoader(TensorDataset(x, y), batch_size=10, shuffle=True)
model = nn.Linear(6, 6)
optimizer = torch.optim.AdamW(model.parameters(), lr=0.03)
criterion = nn.SmoothL1Loss()

for epoch in range(4):
    total = 0.0
    optimizer.zero_grad()
    for step, (inp, out) in enumerate(loader, 1):
        loss = criterion(model(inp), out)
        total += loss.item()
        scaler.scale(loss / GRAD_ACCUM).backward()
        if step % GRAD_ACCUM == 0:
            scaler.step(optimizer)
            scaler.update()
            optimizer.zero_grad()
    print(f"epoch {epoch} loss {total / len(loader):.4f}")
