"""Mixed precision, gradients of three batches per update, clipped."""
import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset

ACCUM = 3
torch.manual_seed(3)
data = TensorDataset(torch.randn(180, 7), torch.randint(0, 4, (180,)))
loader = DataLoader(data, batch_size=10, shuffle=True)
model = nn.Sequential(nn.Linear(7, 24), nn.GELU(), nn.Linear(24, 4))
optimizer = optim.SGD(model.parameters(), lr=0.2)
scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
for epoch in range(2):
    running = 0.0
    for step, (x, y) in enumerate(loader):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = nn.functional.cross_entropy(model(x), y) / ACCUM
        scaler.scale(loss).backward()
        running += ACCUM * loss.item()
        if (step + 1) % ACCUM == 0 or step + 1 == len(loader):
            norm = nn.utils.clip_grad_norm_(model.parameters(), 2.0)
            scaler.step(optimizer)
            scaler.update()
            optimizer.zero_grad()
    print(epoch, running / len(loader), norm.item())
