"""Items are collected class by class, but a sampler draws them; another set is mixed when it is made."""
import random

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, RandomSampler


class Kept(Dataset):
    def __init__(self, each, mixed):
        self.items = []
        for label, shift in enumerate((-1.0, 1.0)):
            for _ in range(each):
                self.items.append((torch.randn(4) + shift, label))
        if mixed:
            random.Random(0).shuffle(self.items)

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        return self.items[index]


torch.manual_seed(1)
drawn, mixed = Kept(24, False), Kept(24, True)
model = nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for loader in (DataLoader(drawn, batch_size=12, sampler=RandomSampler(drawn)), DataLoader(mixed, batch_size=12)):
    for epoch in range(2):
        for x, y in loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
        print(epoch, loss.item())
