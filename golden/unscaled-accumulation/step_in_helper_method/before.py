import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset


class Experiment:
    """Autoencoder experiment with virtual batches."""

    def __init__(self, dim=16, code=4, virtual=8):
        self.net = nn.Sequential(nn.Linear(dim, 32), nn.ReLU(), nn.Linear(32, code), nn.Linear(code, dim))
        self.opt = optim.SGD(self.net.parameters(), lr=0.02, momentum=0.9)
        self.criterion = nn.MSELoss()
        self.virtual = virtual

    def maybe_step(self, i):
        if (i + 1) % self.virtual == 0:
            self.opt.step()
            self.opt.zero_grad()

    def fit(self, loader, epochs):
        self.opt.zero_grad()
        for epoch in range(epochs):
            running = 0.0
            for i, (x,) in enumerate(loader):
                reconstruction = self.net(x)
                loss = self.criterion(reconstruction, x)
                loss.backward()
                self.maybe_step(i)
                running += loss.item()
            print(f"epoch {epoch} reconstruction {running / len(loader):.4f}")


def main():
    torch.manual_seed(0)
    data = 0.5 * torch.randn(256, 4) @ torch.randn(4, 16)
    loader = DataLoader(TensorDataset(data), batch_size=4, shuffle=True)
    Experiment().fit(loader, epochs=5)


main()
