"""How long the schedule lasts is a setting of its own; whether it counts batches or epochs, nobody can tell."""
import argparse

import torch
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--decay-every", type=int, default=8)
parser.add_argument("--steps", type=int, default=5)
args = parser.parse_args()
torch.manual_seed(4)
loader = torch.utils.data.DataLoader(torch.randn(40, 4), batch_size=8)
model = nn.Linear(4, 4)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
decay = torch.optim.lr_scheduler.StepLR(optimizer, args.decay_every, gamma=0.5)
swing = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, args.epochs * args.steps)
for epoch in range(args.epochs):
    for x in loader:
        optimizer.zero_grad()
        loss = (model(x) - x).pow(2).mean()
        loss.backward()
        optimizer.step()
        decay.step()
        swing.step()
    print(epoch, loss.item(), optimizer.param_groups[0]["lr"])
