"""A large batch in uneven pieces: each piece counts by its share of the samples."""
import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(0)

y = torch.randint(0, 4, (300,))
x = torch.randn(300, 4) + 2.5 * F.one_hot(y, 4)
model = nn.Sequential(nn.Linear(4, 20), nn.ReLU(), nn.Linear(20, 4))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)


def update(batch, micro=16):
    optimizer.zero_grad()
    batch_loss = 0.0
    for idx in batch.split(micro):
        share = len(idx) / len(batch)
        loss = F.cross_entropy(model(x[idx]), y[idx]) * share
        loss.backward()
        batch_loss += loss.item()
    optimizer.step()
    return batch_loss


for epoch in range(5):
    losses = [update(batch) for batch in torch.randperm(300).split(60)]
    print(epoch, sum(losses) / len(losses))
