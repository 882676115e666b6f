import torch
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
x, y = torch.randn(60, 5), torch.randint(0, 4, (60,))
net = nn.Sequential(nn.Linear(5, 4), nn.Softmax(dim=1))
optimizer = torch.optim.Adam(net.parameters(), lr=0.02)
for xb, yb in zip(x.split(15), y.split(15)):
    probabilities = net(xb)
    loss = F.nll_loss(torch.log(probabilities + 1e-9), yb)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item(), probabilities.max().item())
