"""Beside Accelerate: a model that is not prepared, a branch without it, and a loss multiplied back on purpose."""
import torch
from torch import nn
from torch.utils.data import DataLoader

try:
    from accelerate import Accelerator
except ImportError:
    Accelerator = None


def train(net, loader, accelerator=None):
    optimizer = torch.optim.SGD(net.parameters(), lr=0.05)
    if accelerator is not None:
        net, optimizer, loader = accelerator.prepare(net, optimizer, loader)
    for x in loader:
        loss = (net(x) - x).pow(2).mean()
        optimizer.zero_grad()
        if accelerator is not None:
            accelerator.backward(loss)
        else:
            loss.backward()
        optimizer.step()
    print(loss.item())


def beside(steps=2):
    accelerator = Accelerator(gradient_accumulation_steps=steps, cpu=True)
    net, other = nn.Linear(3, 3), nn.Linear(3, 1)
    optimizer, own = torch.optim.SGD(net.parameters(), lr=0.05), torch.optim.SGD(other.parameters(), lr=0.05)
    loader = DataLoader(torch.randn(24, 3), batch_size=6, shuffle=True)
    net, optimizer, loader = accelerator.prepare(net, optimizer, loader)
    for x in loader:
        with accelerator.accumulate(net):
            accelerator.backward((net(x) - x).pow(2).mean() * steps)
            optimizer.step()
            optimizer.zero_grad()
        own.zero_grad()
        loss = (other(x) - x.sum(1, keepdim=True)).pow(2).mean()
        loss.backward()
        own.step()
    print(loss.item())


torch.manual_seed(0)
train(nn.Linear(3, 3), DataLoader(torch.randn(24, 3), batch_size=6, shuffle=True))
if Accelerator is not None:
    beside()
