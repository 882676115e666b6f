"""The head ends in Softmax for serving; training reads the layer before it."""
import torch
from torch import nn
import torch.nn.functional as F


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(10, 32), nn.ReLU())
        self.head = nn.Sequential(nn.Linear(32, 4), nn.Softmax(dim=1))

    def forward(self, x):
        return self.head(self.trunk(x))


def training_loss(model, x, y):
    hidden = model.trunk(x)
    logits = model.head[0](hidden)   # skip the activation
    return F.cross_entropy(logits, y)


def main():
    torch.manual_seed(5)
    y = torch.randint(0, 4, (240,))
    x = torch.randn(240, 10)
    x[torch.arange(240), y] += 3.0

    model = Classifier()
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    for epoch in range(10):
        order = torch.randperm(240)
        for chunk in order.split(40):
            optimizer.zero_grad()
            loss = training_loss(model, x[chunk], y[chunk])
            loss.backward()
            optimizer.step()
        print(epoch, loss.item())

    model.eval()
    with torch.no_grad():
        print("served:", model(x[:2]))


if __name__ == "__main__":
    main()
