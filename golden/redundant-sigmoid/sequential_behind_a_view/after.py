import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Scorer(nn.Module):
    def __init__(self, width=8):
        super().__init__()
        self.body = nn.Linear(5, width)
        self.head = nn.Sequential(nn.ReLU(), nn.Linear(width, 1))

    def forward(self, x):
        return self.head(self.body(x)).view(-1)


def train(data, epochs):
    model = Scorer()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    criterion = nn.BCEWithLogitsLoss()
    for epoch in range(epochs):
        for x, y in DataLoader(data, batch_size=16, shuffle=True):
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
        print(epoch, loss.item())
    return model


def main():
    torch.manual_seed(0)
    x = torch.randn(64, 5)
    train(TensorDataset(x, (x[:, 0] > 0).float()), 3)


main()
