# The generator is cleared, the discriminator is forgotten.
import torch
import torch.nn as nn

torch.manual_seed(0)
G = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 3))
D = nn.Sequential(nn.Linear(3, 32), nn.LeakyReLU(0.2), nn.Linear(32, 1))
g_optimizer = torch.optim.RMSprop(G.parameters(), lr=1e-3)
d_optimizer = torch.optim.RMSprop(D.parameters(), lr=1e-3)
criterion = nn.BCEWithLogitsLoss()
real_points = torch.randn(320, 3) * torch.tensor([1.0, 0.1, 0.5]) + 1

for epoch in range(3):
    for real in real_points.split(32):
        fake = G(torch.randn(32, 4))

        d_optimizer.zero_grad()
        # discriminator: real, then fake
        d_real = criterion(D(real), torch.ones(32, 1))
        d_real.backward()
        d_fake = criterion(D(fake.detach()), torch.zeros(32, 1))
        d_fake.backward()
        d_optimizer.step()

        # generator
        g_optimizer.zero_grad()
        g_loss = criterion(D(fake), torch.ones(32, 1))
        g_loss.backward()
        g_optimizer.step()
    print(epoch, (d_real + d_fake).item(), g_loss.item())
