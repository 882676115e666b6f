import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

torch.manual_seed(0)
x = torch.cat([torch.randn(40, 3) - 1, torch.randn(40, 3) + 1])
y = torch.cat([torch.zeros(40), torch.ones(40)]).long()
train, held_out = random_split(TensorDataset(x, y), [60, 20])
loader = DataLoader(train, batch_size=20)
model = nn.Linear(3, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(2):
    for a, b in loader:
        loss = nn.functional.cross_entropy(model(a), b)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(loss.item(), len(held_out))
