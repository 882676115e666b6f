"""The division lives in a helper, away from the loop."""
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class Accumulator:
    def __init__(self, optimizer, every):
        self.optimizer = optimizer
        self.every = every
        self.count = 0

    def backward(self, loss):
        scaled = loss / self.every
        scaled.backward()
        self.count += 1

    def maybe_step(self):
        if self.count % self.every == 0:
            self.optimizer.step()
            self.optimizer.zero_grad()


def main():
    torch.manual_seed(0)
    x = torch.randn(192, 5)
    y = x.abs().sum(1, keepdim=True)
    loader = DataLoader(TensorDataset(x, y), batch_size=8, shuffle=True)
    model = nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 1))
    criterion = nn.L1Loss()
    accumulator = Accumulator(torch.optim.Adam(model.parameters(), lr=0.01), every=3)
    for epoch in range(4):
        for inputs, targets in loader:
            loss = criterion(model(inputs), targets)
            accumulator.backward(loss)
            accumulator.maybe_step()
        print(f"epoch {epoch} loss {loss.item():.4f}")


if __name__ == "__main__":
    main()
