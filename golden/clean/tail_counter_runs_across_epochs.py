"""The counter of batches goes on from epoch to epoch: what one leaves over belongs to the next window."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
loader = DataLoader(TensorDataset(torch.randn(70, 4), torch.randint(0, 2, (70,))), batch_size=10, shuffle=True)
model = nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
accumulate, batches_seen = 4, 0
for epoch in range(4):
    for x, y in loader:
        (nn.functional.cross_entropy(model(x), y) / accumulate).backward()
        batches_seen += 1
        if batches_seen % accumulate == 0:
            optimizer.step()
            optimizer.zero_grad()
    print(epoch, batches_seen)
