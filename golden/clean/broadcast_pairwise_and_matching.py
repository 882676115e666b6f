import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(80, 4)
data = TensorDataset(x, x.sum(dim=1), x[:, :2])
one, two = nn.Linear(4, 1), nn.Linear(4, 2)
optimizer = torch.optim.SGD([*one.parameters(), *two.parameters()], lr=0.01)
for a, y, pair in DataLoader(data, batch_size=16, shuffle=True):
    out = one(a)
    loss = F.mse_loss(out.squeeze(1), y) + F.mse_loss(out, y.unsqueeze(1)) + F.l1_loss(two(a), pair)
    # every output against every target, on purpose
    column = y.clone()
    column.unsqueeze_(1)
    loss = loss + F.smooth_l1_loss(out, column) + (out - column.t()).pow(2).mean()
    loss = loss + F.mse_loss(one(a[:1])[0], column[0])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
