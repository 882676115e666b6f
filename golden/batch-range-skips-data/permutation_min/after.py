import torch
from torch import nn
from torch.nn import functional as F


def run_epoch(net, optimizer, features, target, batch_size):
    """One pass over the data in random order."""
    n = features.shape[0]
    order = torch.randperm(n)
    total = 0.0
    for start in range(0, len(order), batch_size):
        end = min(start + batch_size, n)
        rows = order[start:end]
        optimizer.zero_grad()
        loss = F.cross_entropy(net(features[rows]), target[rows])
        loss.backward()
        optimizer.step()
        total += loss.item() * len(rows)
    return total / n


def main():
    torch.manual_seed(0)
    target = torch.randint(0, 3, (90,))
    features = torch.randn(90, 6) + 2 * F.one_hot(target, 6)
    net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    for epoch in range(4):
        print(epoch, run_epoch(net, optimizer, features, target, batch_size=9))


if __name__ == "__main__":
    main()
