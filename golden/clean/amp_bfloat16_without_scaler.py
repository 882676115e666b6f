"""bfloat16 needs no loss scaling: autocast alone, plain steps; a disabled scaler passes the loss through."""
import torch
import torch.nn as nn
from torch.cuda.amp import GradScaler

torch.manual_seed(8)
data = torch.randn(60, 6)
net = nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 6))
opt = torch.optim.Adam(net.parameters(), lr=0.01)
scaler = GradScaler(enabled=False)
for x in data.split(12):
    opt.zero_grad()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = nn.functional.l1_loss(net(x), x)
    scaler.scale(loss).backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    opt.step()
    print(loss.item())
