"""The update stands in a function that is not given the accelerator: whoever mends it has to hand it over."""
import torch
from torch import nn
from torch.utils.data import DataLoader

try:
    from accelerate import Accelerator
except ImportError:
    Accelerator = None


def update(loss, optimizer):
    loss.backward()
    optimizer.step()
    optimizer.zero_grad()


def train():
    accelerator = Accelerator(cpu=True)
    net = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 3))
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    loader = DataLoader(torch.randn(36, 3), batch_size=9, shuffle=True)
    net, optimizer, loader = accelerator.prepare(net, optimizer, loader)
    for epoch in range(2):
        for x in loader:
            loss = (net(x) - x).abs().mean()
            update(loss, optimizer)
        print(epoch, loss.item())


if Accelerator is not None:
    torch.manual_seed(0)
    train()
