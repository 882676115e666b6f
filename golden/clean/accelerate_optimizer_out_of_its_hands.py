"""Only the model is prepared: its optimizer is stepped as torch made it, and scales nothing."""
import torch
from torch import nn
from torch.utils.data import DataLoader

try:
    from accelerate import Accelerator
except ImportError:
    Accelerator = None


def train(epochs):
    accelerator = Accelerator(cpu=True)
    model = nn.Linear(4, 4)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    model = accelerator.prepare(model)
    for epoch in range(epochs):
        for x in DataLoader(torch.randn(24, 4), batch_size=6, shuffle=True):
            loss = (model(x) - x).pow(2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(epoch, loss.item())


if Accelerator is not None:
    torch.manual_seed(0)
    train(2)
