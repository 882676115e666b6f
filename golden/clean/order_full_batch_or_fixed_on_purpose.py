import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.cat([torch.randn(30, 3) - 1, torch.randn(30, 3) + 1])
y = torch.cat([torch.zeros(30), torch.ones(30)]).long()
data = TensorDataset(x, y)
model = nn.Linear(3, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for loader in (DataLoader(data, batch_size=len(data)), DataLoader(data, batch_size=15, shuffle=False)):
    for epoch in range(2):
        for a, b in loader:
            loss = nn.functional.cross_entropy(model(a), b)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(loss.item())
