"""A penalty on the weights goes backward by itself, next to the data term of each batch."""
import torch
import torch.nn as nn
import torch.nn.functional as F


def penalty(model):
    return sum(p.abs().sum() for p in model.parameters())


def train(model, x, y, epochs=6, strength=1e-3):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for epoch in range(epochs):
        for i in range(0, len(x), 25):
            optimizer.zero_grad(set_to_none=True)
            data_term = F.cross_entropy(model(x[i:i + 25]), y[i:i + 25])
            data_term.backward()
            (strength * penalty(model)).backward()
            optimizer.step()
        print("epoch", epoch, "data", data_term.item(), "penalty", penalty(model).item())


if __name__ == "__main__":
    torch.manual_seed(0)
    y = torch.randint(0, 2, (250,))
    x = torch.randn(250, 10)
    x[:, 0] += 3 * y
    train(nn.Linear(10, 2), x, y)
