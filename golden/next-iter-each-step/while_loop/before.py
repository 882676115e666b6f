import torch
from torch.utils.data import DataLoader, TensorDataset


def train(model, loader, limit):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
    loss_fn = torch.nn.BCEWithLogitsLoss()
    step, smoothed = 0, 1.0
    while step < limit and smoothed > 0.01:
        (x, y) = next(iter(loader))
        loss = loss_fn(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        smoothed = 0.9 * smoothed + 0.1 * loss.item()
        step += 1
    return smoothed


torch.manual_seed(0)
x = torch.randn(64, 2)
y = (x[:, :1] > x[:, 1:]).float()
print(train(torch.nn.Linear(2, 1), DataLoader(TensorDataset(x, y), batch_size=16, shuffle=True), 20))
