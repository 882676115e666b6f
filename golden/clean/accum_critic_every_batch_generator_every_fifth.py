"""Wasserstein GAN: the critic learns on every batch, the generator on each fifth."""
import torch
import torch.nn as nn
from torch.utils.data import DataLoader

torch.manual_seed(0)
n_critic = 5
clip_value = 0.05

generator = nn.Sequential(nn.Linear(3, 24), nn.ReLU(), nn.Linear(24, 2))
critic = nn.Sequential(nn.Linear(2, 24), nn.LeakyReLU(0.2), nn.Linear(24, 1))
optimizer_G = torch.optim.RMSprop(generator.parameters(), lr=1e-3)
optimizer_D = torch.optim.RMSprop(critic.parameters(), lr=1e-3)

angle = 6.28 * torch.rand(600)
circle = torch.stack([angle.cos(), angle.sin()], dim=1)
loader = DataLoader(circle, batch_size=30, shuffle=True)

for epoch in range(4):
    for i, real in enumerate(loader):
        optimizer_D.zero_grad()
        z = torch.randn(len(real), 3)
        fake = generator(z).detach()
        loss_D = critic(fake).mean() - critic(real).mean()
        loss_D.backward()
        optimizer_D.step()
        for p in critic.parameters():
            p.data.clamp_(-clip_value, clip_value)

        if (i + 1) % n_critic == 0:
            optimizer_G.zero_grad()
            loss_G = -critic(generator(z)).mean()
            loss_G.backward()
            optimizer_G.step()
    print("epoch", epoch, "D", loss_D.item(), "G", loss_G.item())
