"""A trainer whose methods keep the sum on the object."""
import torch
from torch import nn
from torch.utils import data as tud


class Denoiser(nn.Module):
    def __init__(self, width=12):
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(4, width), nn.Tanh(), nn.Linear(width, 4))

    def forward(self, x):
        return self.inner(x)


class Trainer:
    def __init__(self, model, rows, batch_size=6):
        self.model = model
        self.loader = tud.DataLoader(rows, batch_size=batch_size, shuffle=True)
        self.loss_function = nn.MSELoss()
        self.optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
        self.total = 0.0
        self.history = []

    def batch(self, x):
        self.optimizer.zero_grad()
        reconstruction = self.model(x + 0.1 * torch.randn_like(x))
        error = self.loss_function(reconstruction, x)
        error.backward()
        self.optimizer.step()
        return error.detach().cpu().item()

    def epoch(self):
        self.total = 0.0
        n = len(self.loader.dataset)
        for x in self.loader:
            self.total = self.total + self.batch(x)
        self.history.append(self.total / n)

    def fit(self, epochs):
        for number in range(epochs):
            self.epoch()
            print(number, n_digits(self.history[-1]))


def n_digits(value):
    return "{:.5f}".format(value)


if __name__ == "__main__":
    torch.manual_seed(3)
    Trainer(Denoiser(), torch.randn(36, 4)).fit(3)
