import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(128, 3)
y = x @ torch.tensor([[2.0], [0.0], [-1.0]])
lin = nn.Linear(3, 1)
optimizer = torch.optim.SGD(lin.parameters(), lr=0.1)


def clear_gradients(opt):
    for group in opt.param_groups:
        for p in group['params']:
            if p.grad is not None:
                p.grad.detach_()
                p.grad.zero_()


for it in range(50):
    clear_gradients(optimizer)
    loss = (lin(x) - y).pow(2).mean()
    loss.backward()
    optimizer.step()
print(loss.item())
