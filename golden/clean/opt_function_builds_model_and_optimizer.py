import random

import torch
from torch import nn, optim


def one_trial(lr, width, data):
    net = nn.Sequential(nn.Linear(3, width), nn.ReLU(), nn.Linear(width, 1))
    opt = optim.RMSprop(net.parameters(), lr=lr)
    x, y = data
    for step in range(30):
        opt.zero_grad()
        loss = nn.functional.smooth_l1_loss(net(x), y)
        loss.backward()
        opt.step()
    return loss.item()


def search(trials=6):
    random.seed(0)
    torch.manual_seed(0)
    x = torch.randn(100, 3)
    data = (x, x.norm(dim=1, keepdim=True))
    best = None
    for trial in range(trials):
        lr, width = 10 ** random.uniform(-3, -1), random.choice([8, 16, 32])
        score = one_trial(lr, width, data)
        if best is None or score < best[0]:
            best = (score, lr, width)
    return best


print('best of random search: loss %.4f lr %.4f width %d' % search())
