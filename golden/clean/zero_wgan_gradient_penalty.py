import torch
from torch import autograd, nn, optim

torch.manual_seed(0)
LAMBDA, CRITIC_ITERS = 10, 3
G = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 2))
D = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 1))
opt_g = optim.Adam(G.parameters(), lr=1e-3, betas=(0.5, 0.9))
opt_d = optim.Adam(D.parameters(), lr=1e-3, betas=(0.5, 0.9))
one = torch.tensor(1.0)
mone = -one


def ring(n):
    angle = torch.rand(n) * 6.2832
    return torch.stack([angle.cos(), angle.sin()], 1)


def penalty(real, fake):
    alpha = torch.rand(real.size(0), 1)
    mix = (alpha * real + (1 - alpha) * fake).requires_grad_(True)
    grad = autograd.grad(D(mix).sum(), mix, create_graph=True)[0]
    return LAMBDA * ((grad.norm(2, dim=1) - 1) ** 2).mean()


for iteration in range(15):
    for p in D.parameters():
        p.requires_grad = True
    for _ in range(CRITIC_ITERS):
        real = ring(64)
        fake = G(torch.randn(64, 2)).detach()
        D.zero_grad()
        d_real = D(real).mean()
        d_real.backward(mone)
        d_fake = D(fake).mean()
        d_fake.backward(one)
        gp = penalty(real, fake)
        gp.backward()
        opt_d.step()

    for p in D.parameters():
        p.requires_grad = False
    G.zero_grad()
    g_score = D(G(torch.randn(64, 2))).mean()
    g_score.backward(mone)
    opt_g.step()
print('wasserstein estimate', (d_real - d_fake).item())
