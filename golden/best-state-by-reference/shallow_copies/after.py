import copy

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(120, 4)
y = x[:, :1].sin()
loader = DataLoader(TensorDataset(x[:80], y[:80]), batch_size=16, shuffle=True)


def train(model, epochs=5):
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-2)
    lowest, kept = float("inf"), None
    best = (lowest, None)
    shallow = None
    for epoch in range(epochs):
        for xb, yb in loader:
            optimizer.zero_grad()
            nn.functional.mse_loss(model(xb), yb).backward()
            optimizer.step()
        with torch.no_grad():
            error = nn.functional.mse_loss(model(x[80:]), y[80:]).item()
        if error < lowest:
            lowest, kept = error, copy.deepcopy({name: weight.detach() for name, weight in model.state_dict().items()})
        if error < best[0]:
            best = (error, copy.deepcopy(model.state_dict()))  # the error and its weights
            shallow = copy.deepcopy(copy.copy(model.state_dict()))
    model.load_state_dict(kept)
    model.load_state_dict(best[1])
    return shallow


print(len(train(nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1)))))
