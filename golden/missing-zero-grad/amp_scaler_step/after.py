import torch
import torch.nn as nn
from torch.amp import GradScaler, autocast
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
on_gpu = torch.cuda.is_available()
device = "cuda" if on_gpu else "cpu"
y = torch.randint(0, 4, (320,))
x = torch.randn(320, 16) + 1.5 * torch.eye(4, 16)[y]
loader = DataLoader(TensorDataset(x, y), batch_size=40, shuffle=True)
net = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 4)).to(device)
opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
scaler = GradScaler(device, enabled=on_gpu)

for epoch in range(5):
    for xb, yb in loader:
        xb, yb = xb.to(device), yb.to(device)
        with autocast(device, enabled=on_gpu):
            logits = net(xb)
            loss = nn.functional.cross_entropy(logits, yb)
        opt.zero_grad()
        # scaled backward
        scaler.scale(loss).backward()
        scaler.step(opt)
        scaler.update()
    print(epoch, loss.item())
