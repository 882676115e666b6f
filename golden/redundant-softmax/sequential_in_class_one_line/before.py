import argparse
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class FeedForward(nn.Module):
    def __init__(self, d, h, c):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(d, h), nn.ReLU(), nn.Linear(h, c), nn.Softmax(dim=1))

    def forward(self, x):
        return self.net(x)


def fit(model, loader, optimizer, criterion, epochs):
    for epoch in range(epochs):
        model.train()
        hits = 0
        for bx, by in loader:
            optimizer.zero_grad()
            scores = model(bx)
            loss = criterion(scores, by)
            loss.backward()
            optimizer.step()
            _, guess = torch.max(scores, 1)
            hits += (guess == by).sum().item()
        print("epoch %d loss %.4f acc %.3f" % (epoch, loss.item(), hits / len(loader.dataset)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--hidden', type=int, default=32)
    parser.add_argument('--epochs', type=int, default=8)
    args = parser.parse_args()

    torch.manual_seed(0)
    by = torch.randint(0, 8, (400,))
    bx = torch.randn(400, 10)
    bx[torch.arange(400), by] += 3.0
    loader = DataLoader(TensorDataset(bx, by), batch_size=40, shuffle=True)
    model = FeedForward(10, args.hidden, 8)
    fit(model, loader, torch.optim.Adam(model.parameters(), lr=0.01), nn.CrossEntropyLoss(), args.epochs)


if __name__ == '__main__':
    main()
