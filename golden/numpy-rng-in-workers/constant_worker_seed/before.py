import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

torch.manual_seed(0)


class Jittered(Dataset):
    def __init__(self):
        self.points = torch.randn(60, 2)

    def __len__(self):
        return 60

    def __getitem__(self, i):
        shift = np.random.uniform(-0.1, 0.1)
        return self.points[i] + shift, (self.points[i].sum() > 0).float().view(1)


def init_fn(worker_id):
    np.random.seed(1234 + worker_id)  # reproducible


loader = DataLoader(Jittered(), batch_size=20, num_workers=2, worker_init_fn=init_fn)
model = nn.Linear(2, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(2):
    for x, y in loader:
        loss = nn.functional.binary_cross_entropy_with_logits(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
