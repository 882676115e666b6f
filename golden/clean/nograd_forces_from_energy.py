"""Forces are the slope of the predicted energy, in validation as in training."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Potential(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(3, 24), nn.Tanh(), nn.Linear(24, 1))

    def forward(self, places):
        places = places.requires_grad_(True)
        energy = self.net(places).sum(dim=-1)
        slope = torch.autograd.grad(energy.sum(), places, create_graph=self.training)[0]
        return energy, -slope


def errors(model, batch, criterion):
    places, energy, force = batch
    predicted, pushed = model(places)
    return criterion(predicted, energy) + criterion(pushed, force)


torch.manual_seed(1)
at = torch.randn(96, 3)
data = TensorDataset(at, at.pow(2).sum(1), -2 * at)
train_loader = DataLoader(data, batch_size=32, shuffle=True)
val_loader = DataLoader(data, batch_size=48)
model = Potential()
optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
criterion = nn.L1Loss()
for epoch in range(3):
    model.train()
    for batch in train_loader:
        optimizer.zero_grad()
        errors(model, batch, criterion).backward()
        optimizer.step()
    model.eval()
    total = 0.0
    for batch in val_loader:
        total += errors(model, batch, criterion).item()
    print(epoch, total / len(val_loader))
