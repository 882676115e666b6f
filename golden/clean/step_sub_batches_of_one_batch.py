import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
SPLIT = 4
y = torch.randint(0, 5, (320,))
x = torch.randn(320, 10)
x[torch.arange(320), y] += 2
loader = DataLoader(TensorDataset(x, y), batch_size=64, shuffle=True)
net = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Linear(32, 5))
opt = torch.optim.SGD(net.parameters(), lr=0.2)

for epoch in range(5):
    for inputs, targets in loader:
        opt.zero_grad()
        # the batch is too large for the card: feed it in pieces
        for part, goal in zip(inputs.chunk(SPLIT), targets.chunk(SPLIT)):
            loss = nn.functional.cross_entropy(net(part), goal) / SPLIT
            loss.backward()
        opt.step()
    print(epoch, loss.item() * SPLIT)
