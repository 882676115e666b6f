# diffusion by hand: the loop adds noise t times, then the network learns to undo it
import random

import torch
from torch import nn

random.seed(0)
torch.manual_seed(0)
clean = torch.randn(256, 2) * 0.1 + torch.tensor([1.0, 0.0])
net = nn.Sequential(nn.Linear(3, 48), nn.SiLU(), nn.Linear(48, 2))
optimizer = torch.optim.AdamW(net.parameters(), lr=3e-3)

for it in range(100):
    x0 = clean[torch.randint(0, 256, (64,))]
    steps = random.randint(1, 8)
    x = x0
    for t in range(steps):
        noise = torch.randn_like(x)
        x = 0.95 ** 0.5 * x + 0.05 ** 0.5 * noise
    when = torch.full((64, 1), steps / 8)
    loss = nn.functional.mse_loss(net(torch.cat([x, when], 1)), x0)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print(loss.item())
