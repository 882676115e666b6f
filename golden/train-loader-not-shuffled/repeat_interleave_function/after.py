import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset


def load(per_class, classes):
    labels = torch.arange(classes).repeat_interleave(per_class)
    features = torch.randn(len(labels), 6) + 2 * F.one_hot(labels, 6)
    return DataLoader(
        TensorDataset(features, labels),
        batch_size=15,
        num_workers=0,
        shuffle=True,
    )


def main():
    torch.manual_seed(0)
    loader = load(30, 4)
    model = nn.Sequential(nn.Linear(6, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 4))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for epoch in range(3):
        for step, (x, y) in enumerate(loader):
            loss = F.cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(epoch, loss.item())


if __name__ == "__main__":
    main()
