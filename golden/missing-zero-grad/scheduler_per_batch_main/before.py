import argparse

import torch
import torch.nn as nn
from torch.optim.lr_scheduler import OneCycleLR
from torch.utils.data import DataLoader, TensorDataset


def build_optimizer(name, params, lr):
    if name == 'adam':
        return torch.optim.Adam(params, lr=lr)
    if name == 'sgd':
        return torch.optim.SGD(params, lr=lr, momentum=0.9)
    raise ValueError(name)


def main(args):
    torch.manual_seed(args.seed)
    t = torch.linspace(0, 6.28, 33)
    freq = torch.randint(1, 4, (300,))
    waves = torch.sin(t[:-1] * freq.unsqueeze(1) + 6.28 * torch.rand(300, 1)).unsqueeze(1)
    loader = DataLoader(TensorDataset(waves, freq - 1), batch_size=30, shuffle=True)
    model = nn.Sequential(nn.Conv1d(1, 8, 9, padding=4), nn.ReLU(), nn.MaxPool1d(4), nn.Flatten(), nn.Linear(64, 3))
    optimizer = build_optimizer(args.optimizer, model.parameters(), args.lr)
    scheduler = OneCycleLR(optimizer, max_lr=args.lr, total_steps=args.epochs * len(loader))
    criterion = nn.CrossEntropyLoss(label_smoothing=0.05)

    for epoch in range(args.epochs):
        n_right = 0
        for wave, cls in loader:
            out = model(wave)
            loss = criterion(out, cls)
            loss.backward()
            optimizer.step()
            scheduler.step()
            n_right += int((out.argmax(-1) == cls).sum())
        print(epoch, n_right / 300)


if __name__ == '__main__':
    cli = argparse.ArgumentParser()
    cli.add_argument('--optimizer', default='adam', choices=['adam', 'sgd'])
    cli.add_argument('--lr', default=2e-2, type=float)
    cli.add_argument('--epochs', default=5, type=int)
    cli.add_argument('--seed', default=0, type=int)
    main(cli.parse_args())
