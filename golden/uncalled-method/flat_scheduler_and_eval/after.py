# Two moons with dropout, a falling learning rate and a held-out set
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim

torch.manual_seed(3)
angle = 3.14 * torch.rand(300)
side = torch.randint(0, 2, (300,))
points = torch.stack([torch.cos(angle) + side, (1 - 2 * side) * torch.sin(angle) + 0.3 * side], 1)
points = points + 0.1 * torch.randn(300, 2)

net = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Dropout(0.3), nn.Linear(32, 2))
opt = optim.Adam(net.parameters(), lr=0.01)
lr_schedule = optim.lr_scheduler.ExponentialLR(opt, gamma=0.9)

for epoch in range(6):
    net.train()
    for i in range(0, 240, 40):
        opt.zero_grad()
        loss = F.cross_entropy(net(points[i:i + 40]), side[i:i + 40])
        loss.backward()
        opt.step()
    lr_schedule.step()

    net.eval()
    with torch.no_grad():
        hits = (net(points[240:]).argmax(1) == side[240:]).float().mean()
    print(epoch, f"{hits:.2f}")
