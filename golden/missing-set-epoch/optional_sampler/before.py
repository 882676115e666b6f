import os

import torch
from torch import nn, optim
from torch.utils import data
from torch.utils.data.distributed import DistributedSampler


class Trainer:
    def __init__(self, model):
        self.model = model
        self.optimizer = optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
        self.loss = nn.CrossEntropyLoss()

    def fit(self, dataset, epochs):
        distributed = os.environ.get("SINGLE", "0") == "0"
        sampler = DistributedSampler(dataset, num_replicas=2, rank=0) if distributed else None
        loader = data.DataLoader(dataset, batch_size=10, shuffle=(sampler is None), sampler=sampler)
        for e in range(epochs):
            for x, y in loader:
                self.optimizer.zero_grad()
                loss = self.loss(self.model(x), y)
                loss.backward()
                self.optimizer.step()
            print("epoch", e, "loss", loss.item())


torch.manual_seed(0)
y = torch.randint(0, 3, (120,))
x = torch.randn(120, 5) + torch.eye(3, 5)[y]
Trainer(nn.Linear(5, 3)).fit(data.TensorDataset(x, y), epochs=3)
