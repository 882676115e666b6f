"""The epoch reaches the samplers: by a method, through the loader, and by a function out of sight."""
import sys
import types

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset
from torch.utils.data.distributed import DistributedSampler

out_of_sight = types.ModuleType("out_of_sight")  # stands for a package that is not part of the project
out_of_sight.begin = lambda sampler, epoch: sampler.set_epoch(epoch)
sys.modules["out_of_sight"] = out_of_sight

from out_of_sight import begin


class Trainer:
    def __init__(self, model, data):
        self.model = model
        self.loader = DataLoader(data, batch_size=8, sampler=DistributedSampler(data, num_replicas=2, rank=0))
        self.optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

    def run(self):
        for epoch in range(3):
            self.before(epoch)
            for x, y in self.loader:
                self.optimizer.zero_grad()
                loss = nn.functional.cross_entropy(self.model(x), y)
                loss.backward()
                self.optimizer.step()

    def before(self, epoch):
        self.loader.sampler.set_epoch(epoch)


torch.manual_seed(0)
data = TensorDataset(torch.randn(64, 4), torch.randint(0, 2, (64,)))
model = nn.Linear(4, 2)
Trainer(model, data).run()

sampler = DistributedSampler(data, num_replicas=2, rank=0)
loader = DataLoader(data, batch_size=8, sampler=sampler)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(3):
    begin(sampler, epoch)
    for x, y in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
