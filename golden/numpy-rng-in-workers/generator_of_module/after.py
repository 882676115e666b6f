"""All samples are mixed with one generator of the module, of which each worker has a copy."""
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

dice = np.random.default_rng(11)


class Mixed(Dataset):
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __len__(self):
        return len(self.x)

    def __getitem__(self, number):
        other, share = dice.integers(len(self.x)), dice.beta(0.3, 0.3)
        return share * self.x[number] + (1 - share) * self.x[other], share * self.y[number] + (1 - share) * self.y[other]


def seed_worker(worker_id):
    global dice
    dice = np.random.default_rng(torch.initial_seed() % 2**32)


if __name__ == "__main__":
    torch.manual_seed(0)
    x = torch.randn(32, 4)
    y = nn.functional.one_hot(torch.randint(0, 3, (32,)), 3).float()
    loader = DataLoader(Mixed(x, y), batch_size=8, shuffle=True, num_workers=2, worker_init_fn=seed_worker)
    model = nn.Linear(4, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for epoch in range(2):
        for a, b in loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(a.float()), b.float())
            loss.backward()
            optimizer.step()
        print(epoch, loss.item())
