import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def main():
    torch.manual_seed(0)
    x = torch.randn(160, 6)
    y = (x[:, 0] > 0).long()
    train_loader = DataLoader(TensorDataset(x[:120], y[:120]), batch_size=20, shuffle=True)
    rest = DataLoader(TensorDataset(x[120:], y[120:]), batch_size=20)
    net = nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 2))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for epoch in range(3):
        for inputs, labels in train_loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(net(inputs), labels)
            loss.backward()
            optimizer.step()
        hits = 0
        with torch.no_grad():
            for i, (inputs, labels) in enumerate(rest):
                _, guess = torch.max(net(inputs), 1)
                hits += (guess == labels).sum().item()
        print(epoch, loss.item(), hits / 40)


if __name__ == "__main__":
    main()
