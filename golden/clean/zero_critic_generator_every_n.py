# WGAN with weight clipping on a 1-D mixture; the critic is trained on every batch, the generator on every fifth
import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(4)
n_critic, clip_value, latent = 5, 0.05, 4

generator = nn.Sequential(nn.Linear(latent, 16), nn.ReLU(), nn.Linear(16, 1))
critic = nn.Sequential(nn.Linear(1, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
optimizer_G = optim.RMSprop(generator.parameters(), lr=5e-4)
optimizer_D = optim.RMSprop(critic.parameters(), lr=5e-4)

real_data = torch.cat([torch.randn(160, 1) - 2, torch.randn(160, 1) + 2])[torch.randperm(320)]

for epoch in range(5):
    for i, real in enumerate(real_data.split(32)):
        optimizer_D.zero_grad()
        z = torch.randn(real.size(0), latent)
        fake = generator(z).detach()
        loss_D = critic(fake).mean() - critic(real).mean()
        loss_D.backward()
        optimizer_D.step()
        for p in critic.parameters():
            p.data.clamp_(-clip_value, clip_value)

        optimizer_G.zero_grad()
        if i % n_critic == 0:
            loss_G = -critic(generator(z)).mean()
            loss_G.backward()
            optimizer_G.step()
    print(f'epoch {epoch}  D {loss_D.item():+.4f}  G {loss_G.item():+.4f}')
