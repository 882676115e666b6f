import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

ACCUMULATE = 4
EPOCHS = 4


def forward_backward(model, criterion, x, y):
    """One micro-batch: fills the gradients and returns the loss for the log."""
    loss = criterion(model(x), y)
    (loss / ACCUMULATE).backward()
    return loss.item()


def main():
    torch.manual_seed(0)
    x = torch.randn(320, 4)
    y = torch.stack([x.max(1).values, x.min(1).values], dim=1)
    loader = DataLoader(TensorDataset(x, y), batch_size=10, shuffle=True)
    model = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 2))
    criterion = nn.MSELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.03, momentum=0.9)

    for epoch in range(EPOCHS):
        optimizer.zero_grad()
        losses = []
        for i, (xb, yb) in enumerate(loader):
            losses.append(forward_backward(model, criterion, xb, yb))
            if (i + 1) % ACCUMULATE == 0:
                optimizer.step()
                optimizer.zero_grad()
        print("epoch", epoch, "loss", sum(losses) / len(losses))


if __name__ == "__main__":
    main()
