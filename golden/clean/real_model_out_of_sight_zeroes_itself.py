"""The model comes from a package out of sight, and zeroes its own gradients."""
import sys
import types

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

house = types.ModuleType("house_of_models")  # stands for a package that is not part of the project
house.Net = nn.Linear
sys.modules["house_of_models"] = house

from house_of_models import Net

torch.manual_seed(0)


def train(loader, epochs=3):
    model = Net(4, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for epoch in range(epochs):
        for x, y in loader:
            model.zero_grad()
            output = model(x)
            loss = nn.functional.mse_loss(output, y)
            loss.backward()
            optimizer.step()
        print(epoch, loss.item())
    return model


x = torch.randn(64, 4)
train(DataLoader(TensorDataset(x, x.sum(1, keepdim=True)), batch_size=8))
