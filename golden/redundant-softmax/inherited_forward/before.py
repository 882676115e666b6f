import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


class BaseClassifier(nn.Module):
    """Subclasses define self.backbone and self.top."""

    def features(self, x):
        return self.backbone(x).flatten(1)

    def forward(self, x):
        return F.softmax(self.top(self.features(x)), -1)


class ShallowConv(BaseClassifier):
    def __init__(self, channels, classes):
        super().__init__()
        self.backbone = nn.Sequential(nn.Conv1d(channels, 12, 7, stride=2), nn.ReLU(), nn.AdaptiveMaxPool1d(4))
        self.top = nn.Linear(48, classes)


def beats(n=240):
    """Synthetic heart beats with a wide, narrow or doubled peak."""
    y = torch.arange(n) % 3
    t = torch.linspace(-3, 3, 48).expand(n, 48)
    width = torch.tensor([1.2, 0.3, 0.3])[y][:, None]
    x = torch.exp(-(t / width) ** 2)
    x = x + (y == 2)[:, None] * torch.exp(-((t - 1.5) / 0.3) ** 2)
    return TensorDataset((x + 0.05 * torch.randn(n, 48)).unsqueeze(1), y)


def train(model, loader, epochs=6, lr=0.01):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for epoch in range(epochs):
        total, hits = 0.0, 0
        for beat, kind in loader:
            optimizer.zero_grad()
            y_hat = model(beat)
            loss = F.cross_entropy(y_hat, kind)
            loss.backward()
            optimizer.step()
            total += loss.item()
            hits += int((y_hat.argmax(1) == kind).sum())
        print(epoch, round(total / len(loader), 4), hits)


if __name__ == "__main__":
    torch.manual_seed(0)
    train(ShallowConv(1, 3), DataLoader(beats(), batch_size=24, shuffle=True))
