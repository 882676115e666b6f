"""The data set walks its classes and keeps their items one class after the other."""
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

NAMES = ("low", "middle", "high")
settings = {"batch": 8, "epochs": 3}


class Levels(Dataset):
    def __init__(self, each):
        self.items = []
        generator = torch.Generator().manual_seed(0)
        for label, name in enumerate(NAMES):
            for number in range(each):
                noise = torch.randn(6, generator=generator)
                self.items.append((f"{name}-{number}", noise + label, label))

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        _, values, label = self.items[index]
        return values, label


class Trainer:
    def __init__(self, data):
        self.loader = DataLoader(data, batch_size=settings["batch"])
        self.net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, len(NAMES)))
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=0.1)

    def run(self, epochs):
        for epoch in range(epochs):
            for values, label in self.loader:
                self.optimizer.zero_grad()
                loss = nn.functional.cross_entropy(self.net(values), label)
                loss.backward()
                self.optimizer.step()
            print(epoch, loss.item())


torch.manual_seed(0)
Trainer(Levels(20)).run(settings["epochs"])
