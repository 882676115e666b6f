# The epoch function builds its own optimizer, so Adam starts over in every epoch.
import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset


def train_epoch(model, loader, lr):
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.Adam(model.parameters(), lr=lr)
    model.train()
    for data, target in loader:
        optimizer.zero_grad()
        loss = criterion(model(data), target)
        loss.backward()
        optimizer.step()
    return loss.item()


def main():
    torch.manual_seed(0)
    target = torch.randint(0, 4, (400,))
    data = torch.randn(400, 12)
    data[torch.arange(400), target] += 2
    loader = DataLoader(TensorDataset(data, target), batch_size=40, shuffle=True)
    model = nn.Linear(12, 4)
    for epoch in range(6):
        print(epoch, train_epoch(model, loader, lr=0.02))


if __name__ == '__main__':
    main()
