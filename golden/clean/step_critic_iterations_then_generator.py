"""The inner loop draws batches for the critic; the step behind it is the generator's."""
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
data = torch.randn(400, 1).abs()
loader = DataLoader(TensorDataset(data), batch_size=40, shuffle=True)


def forever(loader):
    while True:
        for (batch,) in loader:
            yield batch


G, C = nn.Linear(1, 1), nn.Sequential(nn.Linear(1, 16), nn.ReLU(), nn.Linear(16, 1))
opt_g, opt_c = optim.RMSprop(G.parameters(), lr=5e-3), optim.RMSprop(C.parameters(), lr=5e-3)
batches = forever(loader)
for it in range(20):
    for _ in range(5):
        real = next(batches)
        fake = G(torch.randn_like(real)).detach()
        loss_c = C(fake).mean() - C(real).mean()
        opt_c.zero_grad()
        loss_c.backward()
        opt_c.step()
        with torch.no_grad():
            for p in C.parameters():
                p.clamp_(-0.1, 0.1)
    loss_g = -C(G(torch.randn_like(real))).mean()
    opt_g.zero_grad()
    loss_g.backward()
    opt_g.step()
print(loss_c.item(), loss_g.item())
