"""Optimizer chosen by name, by dictionary or by branch: always once, before training."""
import argparse

import torch
import torch.optim as optim
from torch import nn

CHOICES = {'adam': optim.Adam, 'adamw': optim.AdamW, 'rmsprop': optim.RMSprop}


def make_optimizer(args, params):
    if args.optimizer == 'sgd':
        return optim.SGD(params, lr=args.lr, momentum=0.9, nesterov=True)
    elif args.optimizer in CHOICES:
        return CHOICES[args.optimizer](params, lr=args.lr)
    return getattr(optim, args.optimizer)(params, lr=args.lr)


if __name__ == '__main__':
    ap = argparse.ArgumentParser()
    ap.add_argument('--optimizer', default='adamw')
    ap.add_argument('--lr', type=float, default=0.01)
    ap.add_argument('--epochs', type=int, default=5)
    args = ap.parse_args()

    torch.manual_seed(0)
    x = torch.randn(256, 5)
    y = x.max(dim=1).indices
    model = nn.Sequential(nn.Linear(5, 20), nn.ReLU(), nn.Linear(20, 5))
    optimizer = make_optimizer(args, model.parameters())
    for epoch in range(args.epochs):
        for start in range(0, 256, 64):
            out = model(x[start:start + 64])
            loss = nn.functional.cross_entropy(out, y[start:start + 64])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(epoch, loss.item())
