"""One-dimensional GAN: the discriminator's two terms go backward one after the other."""
import torch
from torch import nn

torch.manual_seed(0)

G = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))
D = nn.Sequential(nn.Linear(1, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1))
opt_g = torch.optim.Adam(G.parameters(), lr=1e-3, betas=(0.5, 0.999))
opt_d = torch.optim.Adam(D.parameters(), lr=1e-3, betas=(0.5, 0.999))
bce = nn.BCEWithLogitsLoss()

real_data = 3.0 + 0.5 * torch.randn(640, 1)
loader = torch.utils.data.DataLoader(real_data, batch_size=64, shuffle=True)

for epoch in range(6):
    for real in loader:
        n = real.size(0)
        fake = G(torch.randn(n, 4))

        opt_d.zero_grad()
        loss_real = bce(D(real), torch.ones(n, 1))
        loss_real.backward()
        loss_fake = bce(D(fake.detach()), torch.zeros(n, 1))
        loss_fake.backward()
        opt_d.step()

        opt_g.zero_grad()
        loss_g = bce(D(fake), torch.ones(n, 1))
        loss_g.backward()
        opt_g.step()
    print(f"epoch {epoch} D {(loss_real + loss_fake).item():.3f} G {loss_g.item():.3f}")
