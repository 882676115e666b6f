import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
accumulate = 3
x = torch.randn(250, 5)
y = (x.sum(1) > 0).float().unsqueeze(1)
loader = DataLoader(TensorDataset(x, y), batch_size=25)
net = nn.Linear(5, 1)
opt = torch.optim.SGD(net.parameters(), lr=0.5)
bce = nn.BCEWithLogitsLoss()

for epoch in range(5):
    opt.zero_grad()
    for i, (xb, yb) in enumerate(loader, start=1):
        loss = bce(net(xb), yb) / accumulate
        loss.backward()
        if i % accumulate == 0:
            opt.step()
            opt.zero_grad()
    if i % accumulate != 0:
        # the shorter last window
        opt.step()
        opt.zero_grad()
    print(epoch, loss.item() * accumulate)
