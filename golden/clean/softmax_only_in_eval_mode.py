import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv1d(2, 8, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool1d(1), nn.Flatten())
        self.cls = nn.Linear(8, 3)

    def forward(self, x):
        scores = self.cls(self.stem(x))
        if self.training:
            return scores
        return scores.softmax(dim=1)


def main():
    torch.manual_seed(0)
    y = torch.randint(0, 3, (150,))
    t = torch.linspace(0, 12, 30)
    x = torch.sin(t[None, None] * (1.0 + y[:, None, None])) + 0.1 * torch.randn(150, 2, 30)
    loader = DataLoader(TensorDataset(x, y), batch_size=15, shuffle=True)

    net = Detector()
    opt = torch.optim.Adam(net.parameters(), lr=0.02)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(6):
        net.train()
        for xb, yb in loader:
            opt.zero_grad()
            loss = criterion(net(xb), yb)
            loss.backward()
            opt.step()
        net.eval()
        with torch.no_grad():
            sure = net(x).max(dim=1).values.mean().item()
        print(f"epoch {epoch} loss {loss.item():.4f} mean top probability {sure:.3f}")


if __name__ == "__main__":
    main()
