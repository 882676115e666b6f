"""A trainer that prepares its parts when it is made, and updates them in a method of its own."""
import torch
from torch import nn
from torch.utils.data import DataLoader

try:
    import accelerate
except ImportError:
    accelerate = None


class Trainer:
    def __init__(self, model, loader):
        self.accelerator = accelerate.Accelerator(cpu=True)
        optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
        self.model, self.optimizer, self.loader = self.accelerator.prepare(model, optimizer, loader)

    def update(self, x):
        self.optimizer.zero_grad()
        loss = (self.model(x) - x).pow(2).mean()
        loss.backward()
        self.accelerator.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        return loss.item()

    def fit(self, epochs):
        for epoch in range(epochs):
            for x in self.loader:
                last = self.update(x)
            print(epoch, last)


if accelerate is not None:
    torch.manual_seed(0)
    Trainer(nn.Linear(4, 4), DataLoader(torch.randn(48, 4), batch_size=12, shuffle=True)).fit(2)
