import torch
import torch.nn as nn

torch.manual_seed(0)
x = torch.randn(300, 6)
x[123] = float('inf')  # a broken sample
y = x.nan_to_num(posinf=0.0)[:, :2].sum(1, keepdim=True)
net = nn.Sequential(nn.Linear(6, 24), nn.ReLU(), nn.Linear(24, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
skipped = 0

for epoch in range(4):
    for xb, yb in zip(x.split(30), y.split(30)):
        loss = nn.functional.mse_loss(net(xb), yb)
        loss.backward()
        norm = nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        if torch.isfinite(norm):
            optimizer.step()
        else:
            skipped += 1
        optimizer.zero_grad()
print('skipped', skipped, 'bad batches')
