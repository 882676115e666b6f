import torch
from torch import nn, optim

torch.manual_seed(0)
LATENT = 2
generator = nn.Sequential(nn.Linear(LATENT, 24), nn.ReLU(), nn.Linear(24, 2))
discriminator = nn.Sequential(nn.Linear(2, 24), nn.LeakyReLU(0.1), nn.Linear(24, 1))
opt_g = optim.Adam(generator.parameters(), lr=1e-3)
opt_d = optim.Adam(discriminator.parameters(), lr=1e-3)
bce = nn.BCEWithLogitsLoss()


def train_discriminator(real):
    ones, zeros = torch.ones(len(real), 1), torch.zeros(len(real), 1)
    with torch.no_grad():
        fake = generator(torch.randn(len(real), LATENT))
    opt_d.zero_grad()
    # real and generated points in one go
    scores = discriminator(torch.cat([real, fake]))
    loss = bce(scores, torch.cat([ones, zeros]))
    loss.backward()
    opt_d.step()
    return loss.item()


def train_generator(n):
    opt_g.zero_grad()
    fake = generator(torch.randn(n, LATENT))
    loss = bce(discriminator(fake), torch.ones(n, 1))
    loss.backward()
    opt_g.step()
    return loss.item()


data = torch.randn(384, 2) * 0.2 + torch.tensor([1.0, 1.0])
for epoch in range(4):
    for real in data[torch.randperm(384)].split(48):
        d = train_discriminator(real)
        g = train_generator(len(real))
    print('epoch %d: D %.3f, G %.3f' % (epoch, d, g))
