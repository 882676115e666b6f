"""A critic's weights are clamped after its step, and its gradient norm is measured there, not clipped."""
import torch
from torch import nn

torch.manual_seed(1)
critic = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1))
optimizer = torch.optim.RMSprop(critic.parameters(), lr=5e-3)
real, fake = torch.randn(100, 2) + 2, torch.randn(100, 2)
for a, b in zip(real.split(20), fake.split(20)):
    optimizer.zero_grad()
    loss = critic(b).mean() - critic(a).mean()
    loss.backward()
    optimizer.step()
    norm = nn.utils.clip_grad_norm_(critic.parameters(), float("inf"))
    with torch.no_grad():
        for p in critic.parameters():
            p.clamp_(-0.1, 0.1)
    print(loss.item(), norm.item())
