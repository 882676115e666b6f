import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.data.distributed import DistributedSampler

torch.manual_seed(0)
data = TensorDataset(torch.randn(64, 3), torch.randn(64, 1))
fixed = DataLoader(data, batch_size=8, sampler=DistributedSampler(data, num_replicas=2, rank=0, shuffle=False))
model = nn.Linear(3, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)


def train(loader):
    for x, y in loader:
        loss = nn.functional.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()


for epoch in range(2):
    print(train(fixed))
for epoch in range(1):
    print(train(DataLoader(data, batch_size=8, sampler=DistributedSampler(data, num_replicas=2, rank=0))))
for epoch in range(3):
    sampler = DistributedSampler(data, num_replicas=2, rank=0, seed=epoch)
    print(train(DataLoader(data, batch_size=8, sampler=sampler)))
