import torch
import torch.nn as nn


def dice(probabilities, target):
    overlap = (probabilities * target).sum()
    return 1 - 2 * overlap / (probabilities.sum() + target.sum() + 1)


torch.manual_seed(0)
image = torch.randn(24, 1, 8, 8)
mask = (image > 0.3).float()
net = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 1, 3, padding=1))
bce = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for x, y in zip(image.split(8), mask.split(8)):
    out = net(x)
    loss = bce(out, y) + dice(out.sigmoid(), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
