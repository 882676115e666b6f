"""Two baselines in one script: one gives probabilities for a Brier score, one gives logits."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)


class ProbModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 3)

    def forward(self, x):
        return F.softmax(self.fc(x), dim=1)


class LogitModel(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(6, 3)

    def forward(self, x):
        return self.fc(x)


y = torch.randint(0, 3, (180,))
x = torch.randn(180, 6)
x[torch.arange(180), y] += 2
loader = DataLoader(TensorDataset(x, y), batch_size=20, shuffle=True)


def train_brier(epochs):
    model, mse = ProbModel(), nn.MSELoss()
    opt = torch.optim.SGD(model.parameters(), lr=2.0)
    for _ in range(epochs):
        for xb, yb in loader:
            opt.zero_grad()
            loss = mse(model(xb), F.one_hot(yb, 3).float())
            loss.backward()
            opt.step()
    return loss.item()


def train_likelihood(epochs):
    model, ce = LogitModel(), nn.CrossEntropyLoss()
    opt = torch.optim.SGD(model.parameters(), lr=0.5)
    for _ in range(epochs):
        for xb, yb in loader:
            opt.zero_grad()
            loss = ce(model(xb), yb)
            loss.backward()
            opt.step()
    return loss.item()


print("brier", train_brier(6))
print("cross-entropy", train_likelihood(6))
