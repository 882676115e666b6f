# -*- coding: latin-1 -*-
# Softmaxregression ohne Optimierer (Übung 3)
import torch
import torch.nn.functional as F

torch.manual_seed(0)
labels = torch.randint(0, 3, (240,))
inputs = torch.randn(240, 4) + 2 * torch.eye(3, 4)[labels]
weights = (0.01 * torch.randn(4, 3)).requires_grad_()
learning_rate = 0.1

for epoch in range(5):
    for start in range(0, 240, 40):
        xb, yb = inputs[start:start + 40], labels[start:start + 40]
        loss = F.cross_entropy(xb @ weights, yb)
        loss.backward()
        weights.data -= learning_rate * weights.grad  # größer wäre instabil
    print(epoch, loss.item())
