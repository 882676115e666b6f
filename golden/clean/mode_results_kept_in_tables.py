"""Training switches to train mode before each batch; what the evaluation finds goes into tables by split."""
import copy

import torch
import torch.nn.functional as F
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Linear(4, 16), nn.Linear(16, 1)

    def forward(self, x):
        x = F.dropout(x, p=0.2, training=self.training)
        return self.two(F.relu(self.one(x))).squeeze(1)

    def loss(self, scores, wanted):
        return F.binary_cross_entropy_with_logits(scores, wanted)


def share(scores, wanted):
    return float(((scores > 0) == (wanted > 0.5)).float().mean())


@torch.no_grad()
def test(model, splits):
    model.eval()
    shares, losses = {}, {}
    for name, batches in splits.items():
        right, loss = 0, 0
        for x, y in batches:
            scores = model(x)
            loss += model.loss(scores, y).cpu().numpy()
            right += share(scores, y)
        shares[name] = right / len(batches)
        losses[name] = loss / len(batches)
    return shares, losses


def train(model, splits, optimizer, epochs):
    best, best_model = 0.0, model
    for epoch in range(epochs):
        for x, y in splits["train"]:
            model.train()
            optimizer.zero_grad()
            loss = model.loss(model(x), y)
            loss.backward()
            optimizer.step()
            shares, _ = test(model, splits)
            if shares["val"] > best:
                best, best_model = shares["val"], copy.deepcopy(model)
    print(test(best_model, splits))


torch.manual_seed(0)
x = torch.randn(60, 4)
y = (x[:, 0] > 0).float()
pieces = list(zip(x.split(15), y.split(15)))
net = Net()
train(net, {"train": pieces[:3], "val": pieces[3:]}, torch.optim.Adam(net.parameters(), lr=0.02), 3)
