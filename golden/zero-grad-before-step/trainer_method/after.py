"""A small trainer whose update is a method of its own."""

from dataclasses import dataclass, field

import torch
from torch import nn


@dataclass
class Trainer:
    net: nn.Module
    rate: float = 0.1
    losses: list = field(default_factory=list)

    def __post_init__(self):
        self.loss_fn = nn.MSELoss()
        self.opt = torch.optim.SGD(self.net.parameters(), lr=self.rate, momentum=0.9)

    def update(self, x, y):
        prediction = self.net(x)
        loss = self.loss_fn(prediction, y)
        self.opt.zero_grad()
        loss.backward()
        self.opt.step()
        return float(loss)

    def fit(self, loader, epochs):
        for _ in range(epochs):
            for x, y in loader:
                self.losses.append(self.update(x, y))


def main():
    torch.manual_seed(1)
    x = torch.rand(120, 4)
    y = x.prod(dim=1, keepdim=True)
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch_size=20)
    trainer = Trainer(nn.Sequential(nn.Linear(4, 10), nn.Tanh(), nn.Linear(10, 1)))
    trainer.fit(loader, epochs=4)
    print(trainer.losses[0], trainer.losses[-1])


if __name__ == "__main__":
    main()
