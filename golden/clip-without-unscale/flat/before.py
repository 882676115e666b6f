import torch
import torch.nn as nn
from torch.amp import GradScaler, autocast
from torch.nn.utils import clip_grad_norm_
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
device = "cpu"
inputs = torch.randn(120, 8)
targets = inputs[:, :2].sum(1, keepdim=True).sin()
loader = DataLoader(TensorDataset(inputs, targets), batch_size=20, shuffle=True)

net = nn.Sequential(nn.Linear(8, 32), nn.SiLU(), nn.Linear(32, 1)).to(device)
optimizer = torch.optim.AdamW(net.parameters(), lr=0.01)
scaler = GradScaler(device)
for epoch in range(3):
    for x, y in loader:
        optimizer.zero_grad()
        with autocast(device, dtype=torch.bfloat16):
            loss = nn.functional.mse_loss(net(x.to(device)).float(), y.to(device))
        scaler.scale(loss).backward()
        clip_grad_norm_(net.parameters(), max_norm=1.0)  # exploding gradients
        scaler.step(optimizer)
        scaler.update()
    print(epoch, loss.item())
