import argparse

import torch
import torch.nn as nn
from torch import optim
from torch.utils.data import DataLoader, TensorDataset


def parse_args():
    parser = argparse.ArgumentParser(description='spiral classification')
    parser.add_argument('--epochs', default=10, type=int)
    parser.add_argument('--batch-size', default=32, type=int)
    parser.add_argument('--lr', default=0.2, type=float)
    parser.add_argument('--momentum', default=0.9, type=float)
    return parser.parse_args()


def spiral(n):
    t = torch.rand(n) * 4
    side = torch.randint(0, 2, (n,))
    angle = t + side * torch.pi
    return torch.stack([t * angle.cos(), t * angle.sin()], dim=1) / 4, side


def main():
    args = parse_args()
    torch.manual_seed(2)
    train_set = TensorDataset(*spiral(320))
    loader = DataLoader(train_set, batch_size=args.batch_size, shuffle=True)
    model = nn.Sequential(nn.Linear(2, 64), nn.Tanh(), nn.Linear(64, 2))
    criterion = nn.CrossEntropyLoss()

    optimizer = optim.SGD(model.parameters(), lr=args.lr, momentum=args.momentum)
    for epoch in range(args.epochs):
        correct = 0
        for points, side in loader:
            optimizer.zero_grad()
            logits = model(points)
            loss = criterion(logits, side)
            loss.backward()
            optimizer.step()
            correct += (logits.argmax(1) == side).sum().item()
        print(f'epoch {epoch}: accuracy {correct / len(train_set):.3f}')


if __name__ == '__main__':
    main()
