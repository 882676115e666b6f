"""A small trainer class for a regression on made-up data."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Trainer:
    def __init__(self, net, loader, lr):
        self.net = net
        self.loader = loader
        self.criterion = nn.MSELoss()
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=lr)

    def step_batch(self, x, y):
        self.net.train  # back to training mode
        self.optimizer.zero_grad
        loss = self.criterion(self.net(x).squeeze(1), y)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def fit(self, epochs):
        for epoch in range(epochs):
            losses = [self.step_batch(x, y) for x, y in self.loader]
            print(epoch, sum(losses) / len(losses))


torch.manual_seed(0)
x = torch.randn(128, 6)
y = x @ torch.linspace(-1, 1, 6)
loader = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)
Trainer(nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 1)), loader, lr=0.02).fit(4)
