"""A first backward looks at the gradient's size; it is emptied, and the step's closure makes its own."""
import torch
from torch import nn

torch.manual_seed(2)
x = torch.randn(64, 3)
y = x @ torch.tensor([[0.5], [1.0], [-1.0]])
net = nn.Linear(3, 1)
optimizer = torch.optim.LBFGS(net.parameters(), lr=0.5, max_iter=4)
for start in range(0, 64, 16):
    inputs, targets = x[start:start + 16], y[start:start + 16]
    nn.functional.mse_loss(net(inputs), targets).backward()
    size = sum(p.grad.abs().sum() for p in net.parameters())
    optimizer.zero_grad()

    def closure():
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(net(inputs), targets)
        loss.backward()
        return loss

    print(float(size), optimizer.step(closure).item())
