import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
cats = torch.randn(60, 8) + 1
dogs = torch.randn(60, 8) - 1
x = torch.cat([cats, dogs])
y = torch.cat([torch.zeros(60), torch.ones(60)]).long()

train_data = TensorDataset(x, y)
train_loader = DataLoader(train_data, batch_size=20)

net = nn.Linear(8, 2)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(3):
    for inputs, labels in train_loader:
        optimizer.zero_grad()
        loss = criterion(net(inputs), labels)
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
