"""Fine-tuning with frozen statistics: the network is in eval mode on purpose, wholly or in part, from the start."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(1)
x = torch.randn(96, 6)
y = (x[:, 0] > 0).long()
body = nn.Sequential(nn.Linear(6, 12), nn.BatchNorm1d(12), nn.ReLU())
net = nn.Sequential(body, nn.Dropout(0.1), nn.Linear(12, 2))
opt = torch.optim.SGD(net.parameters(), lr=0.05)


def freeze_statistics(module):
    if isinstance(module, nn.BatchNorm1d):
        module.eval()


net.eval()
for epoch in range(2):
    for i in range(0, 64, 32):
        opt.zero_grad()
        F.cross_entropy(net(x[i:i + 32]), y[i:i + 32]).backward()
        opt.step()
    net.eval()
    with torch.no_grad():
        print(F.cross_entropy(net(x[64:]), y[64:]).item())

for epoch in range(2):
    net.train()
    for part in net.modules():
        if isinstance(part, nn.BatchNorm1d):
            part.eval()
    for i in range(0, 64, 32):
        opt.zero_grad()
        F.cross_entropy(net(x[i:i + 32]), y[i:i + 32]).backward()
        opt.step()
    net.apply(freeze_statistics)
    body.eval()
print(net.training, body.training)
