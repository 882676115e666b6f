import torch
import torch.nn as nn
from torch import optim

torch.manual_seed(0)
gen_a, gen_b = nn.Linear(4, 4), nn.Linear(4, 4)
opt_a = optim.Adam(gen_a.parameters(), lr=0.01)
opt_b = optim.Adam(gen_b.parameters(), lr=0.01)


def clear(*optimizers):
    for o in optimizers:
        o.zero_grad()


rotation = torch.linalg.qr(torch.randn(4, 4))[0]
for step in range(80):
    a = torch.randn(32, 4)
    b = a @ rotation
    clear(opt_a, opt_b)
    # both directions and the cycle
    fake_b, fake_a = gen_a(a), gen_b(b)
    loss = (fake_b - b).abs().mean() + (fake_a - a).abs().mean() + (gen_b(fake_b) - a).abs().mean()
    loss.backward()
    opt_a.step()
    opt_b.step()
    if step % 20 == 0:
        print(step, loss.item())
