"""Calls whose result is dropped and that do their work: modules, containers of the project, methods in place."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
device = torch.device("cpu")


class Tokens(dict):
    """A batch that moves itself, as tokenizers and graph libraries make them."""

    def to(self, where):
        for key in self:
            self[key] = self[key].to(where)
        return self


def collate(rows):
    return Tokens(ids=torch.stack([a for a, _ in rows]), labels=torch.stack([b for _, b in rows]))


x = torch.randn(64, 4)
loader = DataLoader(TensorDataset(x, x.sum(1, keepdim=True)), batch_size=16, shuffle=True, collate_fn=collate)
model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
criterion = nn.MSELoss()
model.to(device)
model.float()
criterion.to(device)
model(torch.zeros(2, 4)).to(device)  # warms up
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
mean = torch.zeros(4)
for epoch in range(3):
    for batch in loader:
        batch.to(device)
        mean.mul_(0.9).add_(0.1 * batch["ids"].mean(0))
        optimizer.zero_grad()
        loss = criterion(model(batch["ids"]), batch["labels"])
        loss.backward()
        optimizer.step()
        loss.detach_()
    print(epoch, loss.item())
mean.requires_grad_(True)
try:
    mean.view(3)
except RuntimeError:
    print("three does not divide four")
