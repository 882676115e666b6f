"""A tiny GAN on a ring of points; both schedules are moved when an epoch begins."""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim

torch.manual_seed(1)
angle = 2 * math.pi * torch.rand(256)
ring = torch.stack([angle.cos(), angle.sin()], 1) + 0.05 * torch.randn(256, 2)
loader = torch.utils.data.DataLoader(ring, batch_size=64, shuffle=True)

G = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 2))
D = nn.Sequential(nn.Linear(2, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1))
opt_g = optim.Adam(G.parameters(), lr=1e-3, betas=(0.5, 0.999))
opt_d = optim.Adam(D.parameters(), lr=1e-3, betas=(0.5, 0.999))
decay_g = optim.lr_scheduler.ExponentialLR(opt_g, gamma=0.9)
decay_d = optim.lr_scheduler.ExponentialLR(opt_d, gamma=0.9)

for epoch in range(4):
    decay_g.step()
    decay_d.step()
    for real in loader:
        n = real.size(0)
        fake = G(torch.randn(n, 4))

        opt_d.zero_grad()
        d_loss = F.binary_cross_entropy_with_logits(D(real), torch.ones(n, 1))
        d_loss = d_loss + F.binary_cross_entropy_with_logits(D(fake.detach()), torch.zeros(n, 1))
        d_loss.backward()
        opt_d.step()

        opt_g.zero_grad()
        g_loss = F.binary_cross_entropy_with_logits(D(fake), torch.ones(n, 1))
        g_loss.backward()
        opt_g.step()
    print('epoch %d  D %.3f  G %.3f' % (epoch, d_loss.item(), g_loss.item()))
