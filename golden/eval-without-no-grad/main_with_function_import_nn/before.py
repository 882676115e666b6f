# Regression with two functions, called from main()
import torch.nn as nn
import torch.optim as optim
from torch import manual_seed, randn
from torch.utils.data import DataLoader, TensorDataset


def run_training(net, batches, opt, criterion):
    net.train()
    for x, y in batches:
        opt.zero_grad()
        loss = criterion(net(x), y)
        loss.backward()
        opt.step()


def run_test(net, batches, criterion):
    """Mean loss and the predictions of all batches."""
    net.eval()
    predictions = []
    total = 0.0

    # every batch once
    for x, y in batches:
        out = net(x)

        total += criterion(out, y).item()
        predictions.append(out)
    return total / len(batches), predictions


def main():
    manual_seed(4)
    x = randn(160, 5)
    y = x[:, :1] * 2 - x[:, 1:2]
    train = DataLoader(TensorDataset(x[:128], y[:128]), batch_size=32, shuffle=True)
    test = DataLoader(TensorDataset(x[128:], y[128:]), batch_size=16)
    net = nn.Sequential(nn.Linear(5, 32), nn.Tanh(), nn.Dropout(0.1), nn.Linear(32, 1))
    opt = optim.SGD(net.parameters(), lr=0.05)
    criterion = nn.MSELoss()
    for epoch in range(4):
        run_training(net, train, opt, criterion)
        loss, predictions = run_test(net, test, criterion)
        print(epoch, round(loss, 4), len(predictions))


main()
