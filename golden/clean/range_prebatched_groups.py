import torch
from torch import nn

torch.manual_seed(0)
group = 4
rows = torch.randn(128, 6)
labels = (rows.sum(1) > 0).float()

# already cut into batches; a step of the loop takes several of them
batches = rows.view(32, 4, 6)
targets = labels.view(32, 4)
n_batches = len(rows) // group

net = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for epoch in range(2):
    for i in range(0, n_batches, group):
        loss = 0.0
        for x, y in zip(batches[i:i + group], targets[i:i + group]):
            loss = loss + nn.functional.binary_cross_entropy_with_logits(net(x).squeeze(1), y) / group
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(loss.item())
