"""Trains an autoencoder; clipping is optional."""
import argparse

import torch
from torch import nn
from torch.utils.data import DataLoader


class Experiment:
    def __init__(self, args):
        self.args = args
        self.model = nn.Sequential(nn.Linear(12, 4), nn.Tanh(), nn.Linear(4, 12))
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=args.lr)
        self.history = []

    def run_batch(self, x):
        self.optimizer.zero_grad()
        loss = nn.functional.mse_loss(self.model(x), x)
        loss.backward()
        self.optimizer.step()
        if self.args.max_norm > 0:
            nn.utils.clip_grad_norm_(self.model.parameters(), self.args.max_norm)
        return loss.item()

    def run(self, loader):
        for _ in range(self.args.epochs):
            self.history.append(sum(self.run_batch(x) for x in loader) / len(loader))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--lr", type=float, default=0.01)
    parser.add_argument("--max-norm", type=float, default=0.1)
    args = parser.parse_args()
    torch.manual_seed(1)
    experiment = Experiment(args)
    experiment.run(DataLoader(3 * torch.randn(120, 12), batch_size=20))
    print(experiment.history)


main()
