import copy
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Stopper:
    def __init__(self, patience):
        self.patience, self.waited = patience, 0
        self.lowest, self.weights = None, None

    def __call__(self, error, model):
        if self.lowest is None or error < self.lowest:
            self.lowest = error
            self.weights = copy.deepcopy(model.state_dict())
            self.waited = 0
        else:
            self.waited += 1
        return self.waited >= self.patience

    def restore(self, model):
        model.load_state_dict(self.weights)


def fit(model, loader, x_val, y_val, epochs):
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-2)
    stopper = Stopper(patience=4)
    for epoch in range(epochs):
        for x, y in loader:
            optimizer.zero_grad()
            nn.functional.mse_loss(model(x), y).backward()
            optimizer.step()
        with torch.no_grad():
            error = nn.functional.mse_loss(model(x_val), y_val).item()
        if stopper(error, model):
            break
    stopper.restore(model)
    return stopper.lowest


if __name__ == "__main__":
    torch.manual_seed(0)
    x = torch.randn(120, 3)
    y = x[:, :1] - x[:, 1:2]
    loader = DataLoader(TensorDataset(x[:80], y[:80]), batch_size=16, shuffle=True)
    print(fit(nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 1)), loader, x[80:], y[80:], 12))
