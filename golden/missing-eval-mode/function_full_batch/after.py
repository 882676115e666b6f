"""Full-batch training; the held-out loss is watched as training goes."""
import torch
from torch import nn


def fit(x, y, x_val, y_val, epochs):
    model = nn.Sequential(nn.Linear(8, 64), nn.Tanh(), nn.Dropout(0.3), nn.Linear(64, 1))
    loss_fn = nn.MSELoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    history = []
    for epoch in range(epochs):
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        optimizer.step()

        model.eval()
        with torch.no_grad():
            val_loss = loss_fn(model(x_val), y_val)
        model.train()
        history.append((loss.item(), val_loss.item()))
    return history


torch.manual_seed(2)
data = torch.randn(150, 8)
target = data[:, :1] - data[:, 1:2]
for a, b in fit(data[:100], target[:100], data[100:], target[100:], 20)[::5]:
    print(f"{a:.3f} {b:.3f}")
