import argparse
import contextlib

import torch
import torch.nn as nn


class Learner:
    def __init__(self, model, args):
        self.model = model
        self.args = args
        self.opt = torch.optim.SGD(model.parameters(), lr=args.lr, momentum=0.9)
        self.scaler = torch.amp.GradScaler("cpu") if args.amp else None

    def batch(self, x, y):
        context = torch.autocast("cpu", dtype=torch.bfloat16) if self.args.amp else contextlib.nullcontext()
        with context:
            loss = nn.functional.cross_entropy(self.model(x), y)
        self.opt.zero_grad()
        if self.args.amp:
            self.scaler.scale(loss).backward()
        else:
            loss.backward()
        if self.args.amp:
            self.scaler.unscale_(self.opt)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        if self.args.amp:
            self.scaler.step(self.opt)
            self.scaler.update()
        else:
            self.opt.step()
        return loss.item()

    def fit(self, x, y):
        for epoch in range(2):
            losses = [self.batch(a, b) for a, b in zip(x.split(10), y.split(10))]
            print(epoch, sum(losses) / len(losses))


parser = argparse.ArgumentParser()
parser.add_argument("--lr", type=float, default=0.1)
parser.add_argument("--amp", action="store_false")
args = parser.parse_args()
torch.manual_seed(2)
x = torch.randn(100, 6)
Learner(nn.Sequential(nn.Linear(6, 12), nn.ReLU(), nn.Linear(12, 2)), args).fit(x, (x[:, 0] > x[:, 1]).long())
