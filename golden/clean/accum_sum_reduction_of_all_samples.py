"""Maximum likelihood with the total (not the average) loss as the objective: a sum over
micro-batches of summed losses is that same total."""
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
y = torch.randint(0, 3, (240,))
x = torch.randn(240, 5) + 2 * F.one_hot(y, 5)
loader = DataLoader(TensorDataset(x, y), batch_size=12, shuffle=True)

model = nn.Linear(5, 3)
optimizer = torch.optim.SGD(model.parameters(), lr=2e-3)
accumulate = 5

for epoch in range(4):
    nll = 0.0
    optimizer.zero_grad()
    for i, (xb, yb) in enumerate(loader):
        loss = F.cross_entropy(model(xb), yb, reduction="sum")
        loss.backward()
        nll += loss.item()
        if (i + 1) % accumulate == 0:
            optimizer.step()
            optimizer.zero_grad()
    print("epoch", epoch, "total nll", nll)
