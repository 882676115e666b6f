import argparse
import itertools

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def make_data(n):
    x = torch.rand(n, 2) * 2 - 1
    label = (x[:, 0] * x[:, 1] > 0).long()
    return TensorDataset(x, label)


def accuracy(model, dataset):
    x, label = dataset.tensors
    with torch.no_grad():
        return (model(x).argmax(1) == label).float().mean().item()


def main():
    parser = argparse.ArgumentParser(description='grid search')
    parser.add_argument('--epochs', type=int, default=4)
    parser.add_argument('--lrs', type=float, nargs='+', default=[1e-2, 1e-1])
    parser.add_argument('--hidden', type=int, nargs='+', default=[8, 32])
    args = parser.parse_args()

    torch.manual_seed(0)
    train_set, val_set = make_data(256), make_data(128)
    loader = DataLoader(train_set, batch_size=32, shuffle=True)
    results = {}
    for lr, hidden in itertools.product(args.lrs, args.hidden):
        model = nn.Sequential(nn.Linear(2, hidden), nn.Tanh(), nn.Linear(hidden, 2))
        opt = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
        for _ in range(args.epochs):
            for x, label in loader:
                loss = nn.functional.cross_entropy(model(x), label)
                opt.zero_grad()
                loss.backward()
                opt.step()
        results[lr, hidden] = accuracy(model, val_set)

    best = max(results, key=results.get)
    print('best setting lr=%g hidden=%d with accuracy %.2f' % (*best, results[best]))


if __name__ == '__main__':
    main()
