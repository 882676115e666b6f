"""The epoch starts with train(), the validation forgets eval()."""
import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset


class Block(nn.Module):
    def __init__(self, a, b):
        super().__init__()
        self.fc, self.norm = nn.Linear(a, b), nn.BatchNorm1d(b)

    def forward(self, x):
        return F.relu(self.norm(self.fc(x)))


class Regressor(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(Block(5, 24), Block(24, 24))
        self.out = nn.Linear(24, 1)

    def forward(self, x):
        return self.out(self.body(x))


class Trainer:
    def __init__(self, model):
        self.model = model
        self.optimizer = optim.Adam(model.parameters(), lr=0.01)

    def train(self, loader):
        self.model.train()
        for x, y in loader:
            self.optimizer.zero_grad()
            F.mse_loss(self.model(x), y).backward()
            self.optimizer.step()

    @torch.no_grad()
    def validate(self, loader):
        total = 0.0
        for x, y in loader:
            total += F.mse_loss(self.model(x), y, reduction="sum").item()
        return total / 60

    def run(self, train_loader, val_loader):
        for epoch in range(4):
            self.train(train_loader)
            print(epoch, self.validate(val_loader))


if __name__ == "__main__":
    torch.manual_seed(1)
    x = torch.randn(240, 5)
    y = x.prod(1, keepdim=True)
    loaders = [DataLoader(TensorDataset(x[:180], y[:180]), batch_size=30, shuffle=True),
               DataLoader(TensorDataset(x[180:], y[180:]), batch_size=20)]
    Trainer(Regressor()).run(*loaders)
