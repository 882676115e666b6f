# compare optimizers from one and the same initialisation
import copy

import torch
import torch.nn as nn

torch.manual_seed(0)
x = torch.randn(200, 8)
t = torch.randint(0, 3, (200,))
x[torch.arange(200), t] += 2

net = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 3))
initial = copy.deepcopy(net.state_dict())
criterion = nn.CrossEntropyLoss()

for name, kwargs in [('SGD', dict(lr=0.1)), ('RMSprop', dict(lr=0.01)), ('Adam', dict(lr=0.01))]:
    net.load_state_dict(initial)
    opt = getattr(torch.optim, name)(net.parameters(), **kwargs)
    for epoch in range(6):
        for xb, tb in zip(x.split(40), t.split(40)):
            opt.zero_grad()
            loss = criterion(net(xb), tb)
            loss.backward()
            opt.step()
    print(f'{name:8s} {loss.item():.4f}')
