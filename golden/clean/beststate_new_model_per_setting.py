"""Each setting trains a model of its own: the best of them is trained no more, so its object and state may be kept."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(96, 4)
y = x[:, :1] * 2 - 1
loader = DataLoader(TensorDataset(x[:64], y[:64]), batch_size=16, shuffle=True)


def trained(rate):
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 1))
    optimizer = torch.optim.Adam(net.parameters(), lr=rate)
    for _ in range(3):
        for xb, yb in loader:
            optimizer.zero_grad()
            nn.functional.mse_loss(net(xb), yb).backward()
            optimizer.step()
    return net


best_error, best_net, best_weights = float("inf"), None, None
for rate in (1e-1, 1e-2, 1e-3):
    net = trained(rate)
    with torch.no_grad():
        error = nn.functional.mse_loss(net(x[64:]), y[64:]).item()
    if error < best_error:
        best_error = error
        best_net = net
        best_weights = net.state_dict()
print(best_error, best_net, len(best_weights))
