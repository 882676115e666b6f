import torch
from torch import nn
from torch.optim import Adam


def run_epoch(network, feed, updater, objective):
    """One pass over the data; returns the mean loss."""
    network.train()
    losses = []
    for batch_x, batch_y in feed:
        prediction = network(batch_x).squeeze(-1)
        value = objective(prediction, batch_y)
        value.backward()
        updater.step()
        losses.append(value.item())
    return sum(losses) / len(losses)


def main():
    torch.manual_seed(0)
    x = torch.randn(384, 4)
    y = x[:, 0] ** 2 - x[:, 1] * x[:, 2]
    feed = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch_size=48, shuffle=True)
    network = nn.Sequential(nn.Linear(4, 32), nn.SiLU(), nn.Linear(32, 1))
    updater = Adam(network.parameters(), lr=5e-2)
    for epoch in range(10):
        print(epoch, run_epoch(network, feed, updater, nn.MSELoss()))


if __name__ == '__main__':
    main()
