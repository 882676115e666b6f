import torch
from torch import nn, sigmoid
from torch.nn.functional import binary_cross_entropy_with_logits as bce

torch.manual_seed(0)
x = torch.randn(200, 2)
inside = (x.norm(dim=1) < 1).float()

net = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.02)

for epoch in range(5):
    hits = 0.0
    for i in range(0, 200, 50):
        xb, yb = x[i:i + 50], inside[i:i + 50]
        p = sigmoid(net(xb))
        loss = bce(p.squeeze(1), yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
        hits += (p.round().squeeze(1) == yb).sum().item()
    print(epoch, loss.item(), hits / 200)
