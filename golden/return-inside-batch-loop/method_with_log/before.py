import argparse

import torch
from torch import nn
from torch.utils.data import DataLoader


class Fitter:
    def __init__(self, net, args):
        self.net = net
        self.args = args
        self.optimizer = torch.optim.AdamW(net.parameters(), lr=args.lr)

    def epoch(self, number, dataloader):
        for batch_idx, data in enumerate(dataloader):
            self.optimizer.zero_grad()
            loss = (self.net(data) - data).abs().mean()
            loss.backward()
            self.optimizer.step()
            if batch_idx % self.args.log_interval == 0:
                print('epoch {} [{}/{}] loss {:.4f}'.format(number, batch_idx, len(dataloader), loss.item()))
            return loss.item()


parser = argparse.ArgumentParser()
parser.add_argument('--lr', type=float, default=0.01)
parser.add_argument('--log-interval', type=int, default=3)
parser.add_argument('--epochs', type=int, default=3)
args = parser.parse_args()
torch.manual_seed(2)
fitter = Fitter(nn.Sequential(nn.Linear(10, 5), nn.ReLU(), nn.Linear(5, 10)), args)
loader = DataLoader(torch.randn(120, 10), batch_size=15)
for number in range(args.epochs):
    fitter.epoch(number, loader)
