"""Each call trains on one batch: the caller decides how often."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(90, 3)
loader = DataLoader(TensorDataset(x, x.sum(1, keepdim=True)), batch_size=15, shuffle=True)
model = nn.Linear(3, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
seen = 0


def train_on_one_batch():
    global seen
    for inputs, target in loader:
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(inputs), target)
        loss.backward()
        optimizer.step()
        seen += len(inputs)
        return loss.item()


def update():
    for inputs, target in loader:
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(inputs), target)
        loss.backward()
        optimizer.step()
        return loss.item()


for _ in range(4):
    print(train_on_one_batch(), update(), seen)
