"""Pictures of a generator are made in train mode, as its authors recommend; nothing is measured."""
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(2)
real = torch.randn(96, 6) * 0.5 + 1
loader = DataLoader(TensorDataset(real), batch_size=32, shuffle=True)
G = nn.Sequential(nn.Linear(3, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 6))
D = nn.Sequential(nn.Linear(6, 16), nn.LeakyReLU(0.2), nn.Dropout(0.2), nn.Linear(16, 1))
opt_g, opt_d = torch.optim.Adam(G.parameters(), lr=2e-3), torch.optim.Adam(D.parameters(), lr=2e-3)
fixed_noise = torch.randn(16, 3)
pictures = []
for epoch in range(3):
    for (a,) in loader:
        fake = G(torch.randn(len(a), 3))
        opt_d.zero_grad()
        loss_d = F.softplus(-D(a)).mean() + F.softplus(D(fake.detach())).mean()
        loss_d.backward()
        opt_d.step()
        opt_g.zero_grad()
        F.softplus(-D(fake)).mean().backward()
        opt_g.step()
    with torch.no_grad():
        pictures.append(G(fixed_noise).numpy())
print(len(pictures))
