import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(3)
device = torch.device("cpu")
x = torch.randn(128, 10)
y = torch.randint(0, 3, (128,))
model = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 3)).to(device)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
scaler = torch.amp.GradScaler(device.type, init_scale=2.0**12)

for epoch in range(2):
    for rows in torch.randperm(128).split(16):
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device.type, dtype=torch.bfloat16):
            loss = F.cross_entropy(model(x[rows].to(device)), y[rows].to(device))
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
    print(epoch, loss.item(), float(norm))
