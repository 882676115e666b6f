"""The rate falls at half and at three quarters of the run, or so it should."""
import argparse

import torch
from torch import nn
from torch.optim.lr_scheduler import MultiStepLR


class Trainer:
    def __init__(self, model, loader, args):
        self.model, self.loader, self.args = model, loader, args
        self.opt = torch.optim.Adam(model.parameters(), lr=args.lr)
        milestones = [int(args.epochs * 0.5), int(args.epochs * 0.75)]
        self.sched = MultiStepLR(self.opt, milestones=milestones, gamma=0.1) if args.decay else None

    def train_epoch(self):
        total = 0.0
        for x, y in self.loader:
            loss = nn.functional.mse_loss(self.model(x), y)
            self.opt.zero_grad()
            loss.backward()
            self.opt.step()
            if self.sched is not None:
                self.sched.step()
            total += loss.item()
        return total / len(self.loader)

    def run(self):
        for epoch in range(1, self.args.epochs + 1):
            print(epoch, self.train_epoch(), self.opt.param_groups[0]["lr"])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--lr", type=float, default=0.01)
    parser.add_argument("--decay", action="store_false")
    args = parser.parse_args()
    torch.manual_seed(1)
    x = torch.rand(100, 2)
    data = torch.utils.data.TensorDataset(x, (x[:, :1] - x[:, 1:]).abs())
    loader = torch.utils.data.DataLoader(data, batch_size=20)
    Trainer(nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1)), loader, args).run()


if __name__ == "__main__":
    main()
