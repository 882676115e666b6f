import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class CrossEntropyLoss(nn.Module):
    """Textbook cross-entropy of *probabilities* (no softmax inside)."""

    def __init__(self, eps=1e-8):
        super().__init__()
        self.eps = eps

    def forward(self, probs, target):
        picked = probs[torch.arange(len(target)), target]
        return -(picked + self.eps).log().mean()


class SoftmaxRegression(nn.Module):
    def __init__(self, d, k):
        super().__init__()
        self.w = nn.Parameter(0.01 * torch.randn(d, k))
        self.b = nn.Parameter(torch.zeros(k))

    def forward(self, x):
        return F.softmax(x @ self.w + self.b, dim=1)


def main():
    torch.manual_seed(0)
    y = torch.randint(0, 4, (200,))
    x = torch.randn(200, 6)
    x[torch.arange(200), y] += 2
    loader = DataLoader(TensorDataset(x, y), batch_size=20, shuffle=True)
    model = SoftmaxRegression(6, 4)
    criterion = CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    for epoch in range(8):
        for xb, yb in loader:
            loss = criterion(model(xb), yb)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(epoch, loss.item())


if __name__ == "__main__":
    main()
