"""Four small batches should make one update."""
import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset


def run(accumulate=4, epochs=2):
    torch.manual_seed(1)
    x = torch.randn(160, 4)
    loader = DataLoader(TensorDataset(x, (x.sum(1) > 0).long()), batch_size=5, shuffle=True)
    net = nn.Sequential(nn.Linear(4, 12), nn.ReLU(), nn.Linear(12, 2))
    optimizer = optim.SGD(net.parameters(), lr=0.3)
    for epoch in range(epochs):
        optimizer.zero_grad()
        for index, (features, label) in enumerate(loader, 1):
            loss = nn.functional.cross_entropy(net(features), label) / accumulate
            loss.backward()
            if index % accumulate == 0 or index == len(loader):
                optimizer.step()
                optimizer.zero_grad()
        print(epoch, loss.item() * accumulate)


if __name__ == "__main__":
    run()
