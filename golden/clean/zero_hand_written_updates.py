# -*- coding: latin-1 -*-
# Logistische Regression zu Fuß: die Maßzahl ist die mittlere Kreuzentropie
import torch

torch.manual_seed(0)
x = torch.randn(200, 3)
y = (x @ torch.tensor([1.0, -2.0, 0.5]) > 0).float()
w = torch.zeros(3, requires_grad=True)
b = torch.zeros(1, requires_grad=True)
lr = 0.5

for epoch in range(30):
    loss = torch.nn.functional.binary_cross_entropy_with_logits(x @ w + b, y)
    loss.backward()
    with torch.no_grad():
        w -= lr * w.grad
        b -= lr * b.grad
        w.grad.zero_()
        b.grad.zero_()
print('Verlust', loss.item())
