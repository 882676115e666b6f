import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def auc(scores, labels):
    order = scores.argsort()
    ranks = torch.empty(len(scores))
    ranks[order] = torch.arange(1, len(scores) + 1, dtype=torch.float32)
    positive = labels.sum()
    return ((ranks[labels == 1].sum() - positive * (positive + 1) / 2) / (positive * (len(labels) - positive))).item()


class Clicks(nn.Module):
    def __init__(self, width, rate):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(5, width), nn.ReLU(), nn.Dropout(rate), nn.Linear(width, 1))

    def forward(self, x):
        return self.layers(x).squeeze(-1)


def train_epoch(model, loader, optimizer):
    for x, y in loader:
        optimizer.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(model(x), y)
        loss.backward()
        optimizer.step()


@torch.no_grad()
def score(model, loader):
    scores, labels = [], []
    for x, y in loader:
        scores.append(torch.sigmoid(model(x)))
        labels.append(y)
    return auc(torch.cat(scores), torch.cat(labels))


def run(data, held_out, rate=0.3):
    model = Clicks(16, rate)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    loader = DataLoader(data, batch_size=16, shuffle=True)
    for epoch in range(3):
        train_epoch(model, loader, optimizer)
        print(epoch, score(model, DataLoader(held_out, batch_size=64)))


torch.manual_seed(0)
x = torch.randn(200, 5)
y = (x[:, 0] + 0.3 * torch.randn(200) > 0).float()
run(TensorDataset(x[:150], y[:150]), TensorDataset(x[150:], y[150:]))
