"""The loader has no name that its length could be taken of: reported only."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def fit(model, rows, epochs):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    mse = nn.MSELoss()
    for epoch in range(epochs):
        total = 0.0
        for (x,) in DataLoader(rows, batch_size=4, shuffle=True):
            loss = mse(model(x), x)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        print(epoch, total / len(rows))


torch.manual_seed(0)
fit(nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 3)), TensorDataset(torch.randn(20, 3)), 2)
