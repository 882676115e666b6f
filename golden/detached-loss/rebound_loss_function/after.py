"""A loss written by hand, then wrapped once more in the loop."""
import torch
from torch import nn


def weighted_error(scores, wanted, weight):
    distance = (scores - wanted).abs()
    return (weight * distance).mean()


def main():
    torch.manual_seed(2)
    rows = torch.randn(90, 3)
    wanted = rows[:, :1] * 2
    weight = torch.rand(90, 1)
    body = nn.Linear(3, 1)
    optimizer = torch.optim.RMSprop(body.parameters(), lr=0.01)
    for epoch in range(4):
        for i in range(0, 90, 30):
            optimizer.zero_grad()
            loss = weighted_error(body(rows[i:i + 30]), wanted[i:i + 30], weight[i:i + 30])
            loss.backward()
            optimizer.step()
        print(epoch, float(loss))


main()
