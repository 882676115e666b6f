import argparse

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


def get_criterion(class_counts, smoothing):
    weight = class_counts.sum() / (len(class_counts) * class_counts)
    return nn.CrossEntropyLoss(weight=weight, label_smoothing=smoothing)


def get_optimizer(params, args):
    return torch.optim.SGD(params, lr=args.lr, momentum=0.9, nesterov=True)


class FaultNet(nn.Module):
    def __init__(self, sensors, faults):
        super().__init__()
        self.norm = nn.BatchNorm1d(sensors)
        self.fc1 = nn.Linear(sensors, 48)
        self.fc2 = nn.Linear(48, faults)

    def forward(self, readings):
        z = self.norm(readings)
        z = F.elu(self.fc1(z))
        z = F.softmax(self.fc2(z), dim=1)
        return z


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--lr", type=float, default=0.05)
    parser.add_argument("--smoothing", type=float, default=0.1)
    args = parser.parse_args()

    torch.manual_seed(0)
    faults = torch.multinomial(torch.tensor([0.6, 0.2, 0.1, 0.1]), 400, replacement=True)
    readings = torch.randn(400, 9) + 2.0 * F.one_hot(faults, 9)
    loader = DataLoader(TensorDataset(readings, faults), batch_size=40, shuffle=True)

    model = FaultNet(9, 4)
    criterion = get_criterion(torch.bincount(faults, minlength=4).float(), args.smoothing)
    optimizer = get_optimizer(model.parameters(), args)
    for epoch in range(args.epochs):
        model.train()
        hit = 0
        for x, y in loader:
            optimizer.zero_grad()
            pred = model(x)
            loss = criterion(pred, y)
            loss.backward()
            optimizer.step()
            hit += torch.argmax(pred, dim=1).eq(y).sum().item()
        print(f"epoch {epoch}: loss {loss.item():.4f}, accuracy {hit / 400:.3f}")


if __name__ == "__main__":
    main()
