# several discriminators (random projections) and one generator: the generator steps after the loop over them
import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(0)
views = [torch.linalg.qr(torch.randn(4, 4))[0][:, :2] for _ in range(3)]
D = nn.ModuleList([nn.Sequential(nn.Linear(2, 16), nn.LeakyReLU(0.2), nn.Linear(16, 1)) for _ in views])
G = nn.Sequential(nn.Linear(3, 24), nn.ReLU(), nn.Linear(24, 4))
opt_D = optim.Adam(D.parameters(), lr=2e-3)
opt_G = optim.Adam(G.parameters(), lr=2e-3)
bce = nn.BCEWithLogitsLoss()

for it in range(25):
    real = torch.randn(64, 4) * torch.tensor([1.0, 2.0, 0.5, 0.1])
    fake = G(torch.randn(64, 3))

    opt_D.zero_grad()
    for view, disc in zip(views, D):
        loss_d = bce(disc(real @ view), torch.ones(64, 1)) + bce(disc(fake.detach() @ view), torch.zeros(64, 1))
        loss_d.backward()
    opt_D.step()

    opt_G.zero_grad()
    loss_g = 0
    for view, disc in zip(views, D):
        loss_g += bce(disc(fake @ view), torch.ones(64, 1))
    loss_g.backward()
    opt_G.step()
print(f'D {loss_d.item():.3f} G {loss_g.item():.3f}')
