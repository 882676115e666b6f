# sanity check: overfit one single batch, fetched by a loop that breaks at once
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
labels = torch.randint(0, 4, (100,))
data = torch.randn(100, 10)
loader = DataLoader(TensorDataset(data, labels), batch_size=10)
net = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 4))
optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
criterion = nn.CrossEntropyLoss()

for it in range(60):
    for inputs, target in loader:
        break
    optimizer.zero_grad()
    loss = criterion(net(inputs), target)
    loss.backward()
    optimizer.step()
print('loss on the one batch', loss.item())
