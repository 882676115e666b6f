"""The threshold is multiplied by the scaler's scale, so scaled gradients are compared with a scaled bound."""
import torch
import torch.nn as nn

torch.manual_seed(3)
x = torch.randn(96, 6)
model = nn.Sequential(nn.Linear(6, 6), nn.Tanh(), nn.Linear(6, 6))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
for batch in x.split(16):
    optimizer.zero_grad()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = (model(batch).float() - batch).pow(2).mean()
    scaler.scale(loss).backward()
    bound = 0.5 * scaler.get_scale()
    nn.utils.clip_grad_norm_(model.parameters(), bound)
    scaler.step(optimizer)
    scaler.update()
    print(loss.item())
