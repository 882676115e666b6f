import numpy as np
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset


class Noisy(Dataset):
    def __init__(self, n):
        self.x = torch.randn(n, 4)
        self.rng = np.random.default_rng(0)

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        # augmentation
        return self.x[i] + 0.1 * float(self.rng.normal()), self.x[i].sum().unsqueeze(0)


def seed_worker(worker_id):
    dataset = torch.utils.data.get_worker_info().dataset
    dataset.rng = np.random.default_rng(torch.initial_seed() % 2**32)


def main():
    torch.manual_seed(0)
    loader = DataLoader(Noisy(48), batch_size=12, shuffle=True, num_workers=2, worker_init_fn=seed_worker)
    model = nn.Linear(4, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    for epoch in range(2):
        for x, y in loader:
            loss = nn.functional.mse_loss(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(epoch, loss.item())


if __name__ == "__main__":
    main()
