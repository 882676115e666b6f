"""The network runs under no_grad; the project's own loss module gets its scores outside of it, which records nothing."""
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class FocalLoss(nn.Module):
    def __init__(self, gamma):
        super().__init__()
        self.gamma = gamma

    def forward(self, scores, labels):
        plain = F.cross_entropy(scores, labels, reduction="none")
        return ((1 - torch.exp(-plain)) ** self.gamma * plain).mean()


torch.manual_seed(0)
x = torch.randn(128, 4)
y = (x[:, 0] > 0).long()
train_loader = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)
val_loader = DataLoader(TensorDataset(x, y), batch_size=64)
model = nn.Linear(4, 2)
criterion = FocalLoss(2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(3):
    for a, b in train_loader:
        optimizer.zero_grad()
        criterion(model(a), b).backward()
        optimizer.step()
    total = 0.0
    for a, b in val_loader:
        with torch.no_grad():
            scores = model(a)
        total += criterion(scores, b).item()
    print(epoch, total)
