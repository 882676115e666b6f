import torch
from torch import nn
from torch.nn import functional as F


def freeze(model, upto):
    for number, child in enumerate(model.children()):
        if number < upto:
            child.requires_grad = False  # frozen


def main():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(5, 12), nn.Tanh(), nn.Linear(12, 1))
    freeze(model, 1)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    x = torch.randn(80, 5)
    y = x.sum(1, keepdim=True)
    for epoch in range(3):
        for xb, yb in zip(x.split(20), y.split(20)):
            optimizer.zero_grad()
            loss = F.mse_loss(model(xb), yb)
            loss.backward()
            optimizer.step()
        print("epoch", epoch, "loss", loss.item())


if __name__ == "__main__":
    main()
