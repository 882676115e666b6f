"""Somebody silenced an error message with requires_grad=True."""
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(160, 6)
y = (x[:, 0] > x[:, 1]).long()
loader = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)
model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 2))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for epoch in range(3):
    for inputs, labels in loader:
        optimizer.zero_grad()
        loss = torch.tensor(criterion(model(inputs), labels), requires_grad=True)
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
