import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)


def domain(shift, n=200):
    y = torch.randint(0, 2, (n,))
    x = torch.randn(n, 4) + shift
    x[:, 0] += 3 * y
    return DataLoader(TensorDataset(x, y), batch_size=20, shuffle=True)


source, target = domain(0.0), domain(0.5)
net = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 2))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
criterion = nn.CrossEntropyLoss()

for epoch in range(10):
    total = 0.0
    # both domains side by side
    for (xs, ys), (xt, yt) in zip(source, target):
        loss_s = criterion(net(xs), ys)
        loss_t = criterion(net(xt), yt)
        loss = loss_s + 0.5 * loss_t
        total += loss.item()

    # backward and update
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()  # plain SGD
    print(epoch, total)
