"""Logistic regression; the accuracy is measured at the end."""
import torch
from torch import nn


def main():
    torch.manual_seed(1)
    x = torch.randn(200, 5)
    y = (x.sum(dim=1) > 0).float()
    model = nn.Linear(5, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    criterion = nn.BCEWithLogitsLoss()
    for step in range(20):
        optimizer.zero_grad()
        criterion(model(x[:150]).squeeze(1), y[:150]).backward()
        optimizer.step()

    # measure
    torch.no_grad()
    right = ((model(x[150:]).squeeze(1) > 0).float() == y[150:]).float().mean()
    print(f"accuracy {right.item():.2f}")


if __name__ == "__main__":
    main()
