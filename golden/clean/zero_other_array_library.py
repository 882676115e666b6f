"""Scalar autograd engine written from scratch: same names as in torch, other rules.

Its optimizer clears the gradients at the end of every step."""
import random

import torch


class Value:
    def __init__(self, data, parents=(), grads=()):
        self.data, self.grad = data, 0.0
        self._parents, self._grads = parents, grads

    def __add__(self, other):
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def backward(self, seed=1.0):
        self.grad += seed
        for parent, local in zip(self._parents, self._grads):
            parent.backward(seed * local)


class SGD:
    def __init__(self, params, lr):
        self.params, self.lr = params, lr

    def step(self):
        for p in self.params:
            p.data -= self.lr * p.grad
            p.grad = 0.0


random.seed(0)
w, b = Value(0.0), Value(0.0)
optimizer = SGD([w, b], lr=0.05)
for epoch in range(10):
    for _ in range(20):
        x = random.uniform(-1, 1)
        error = w * Value(x) + b + Value(-(2 * x + 1))
        loss = error * error
        loss.backward()
        optimizer.step()
print('w %.3f b %.3f' % (w.data, b.data), 'as a tensor', torch.tensor([w.data, b.data]))
