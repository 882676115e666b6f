import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(200, 5)
y = (x[:, 0] > 0).long() + (x[:, 1] > 0).long()
model = nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 3))
optimizer = torch.optim.SGD(model.parameters(), lr=0.3)

for step in range(60):
    pick = torch.randint(0, 200, (40,))
    optimizer.zero_grad()
    p = F.softmax(model(x[pick]), dim=1)  # class probabilities
    loss = F.cross_entropy(p, y[pick])
    loss.backward()
    optimizer.step()
    if step % 20 == 19:
        sure = p[(p > 0.9).any(1)]
        print(step, loss.item(), "sure of", len(sure))
