"""Both loaders draw through a distributed sampler; the one that needs no order is told the epoch, the other is not."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.data.distributed import DistributedSampler

torch.manual_seed(0)
data = TensorDataset(torch.randn(64, 4), torch.randint(0, 2, (64,)))
sampler = DistributedSampler(data, num_replicas=2, rank=0)
val_sampler = DistributedSampler(data, num_replicas=2, rank=0, shuffle=False)
loader = DataLoader(data, batch_size=8, sampler=sampler)
val_loader = DataLoader(data, batch_size=8, sampler=val_sampler)
model = nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

for epoch in range(3):
    sampler.set_epoch(epoch)
    val_loader.sampler.set_epoch(epoch)
    for x, y in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        right = sum((model(x).argmax(1) == y).sum().item() for x, y in val_loader)
    print(epoch, right)
