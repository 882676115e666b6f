"""Validation of a learner whose forward takes gradient steps of its own on the support set: it needs gradients."""
import torch
import torch.nn.functional as F
from torch import nn


class Learner(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 8)
        self.weight = nn.Parameter(torch.zeros(2, 8))

    def forward(self, support, labels, query):
        weight = self.weight
        for _ in range(3):
            error = F.cross_entropy(F.linear(torch.relu(self.body(support)), weight), labels)
            (slope,) = torch.autograd.grad(error, (weight,), create_graph=self.training)
            weight = weight - 0.5 * slope
        return F.linear(torch.relu(self.body(query)), weight)


torch.manual_seed(0)
learner = Learner()
optimizer = torch.optim.Adam(learner.parameters(), lr=0.01)


def tasks(count):
    for _ in range(count):
        x = torch.randn(20, 4)
        yield x, (x @ torch.randn(4) > 0).long()


for epoch in range(2):
    learner.train()
    for x, y in tasks(4):
        optimizer.zero_grad()
        F.cross_entropy(learner(x[:10], y[:10], x[10:]), y[10:]).backward()
        optimizer.step()
    learner.eval()
    total = 0.0
    for x, y in tasks(4):
        scores = learner(x[:10], y[:10], x[10:])
        total += F.cross_entropy(scores, y[10:]).item()
    print(epoch, total / 4)
