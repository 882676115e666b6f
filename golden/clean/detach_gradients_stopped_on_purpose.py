"""Graphs that are cut on purpose: targets, fakes, surrogates, straight-through, split backward, optimised inputs."""
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(60, 4)
y = x.sum(1, keepdim=True)
net, other, judge = nn.Linear(4, 4), nn.Linear(4, 1), nn.Linear(4, 1)
opt = torch.optim.SGD([*net.parameters(), *other.parameters()], lr=0.02)
opt_judge = torch.optim.SGD(judge.parameters(), lr=0.02)

for epoch in range(2):
    for i in range(0, 60, 20):
        a, b = x[i:i + 20], y[i:i + 20]
        # the gradient of the second half is handed on to the first one
        opt.zero_grad()
        code = net(a)
        cut = code.detach().requires_grad_(True)
        F.mse_loss(other(cut), b).backward()
        code.backward(cut.grad)
        opt.step()

        # a fake for the judge, and a loss with its graph that is asked for gradients once more
        opt_judge.zero_grad()
        loss = F.softplus(judge(net(a).detach())).mean() + F.softplus(-judge(a)).mean()
        loss.requires_grad_(True)
        loss.backward()
        opt_judge.step()

        # a surrogate with a weight that is a constant
        opt.zero_grad()
        weight = torch.tensor(F.mse_loss(other(net(a)), b).item())
        hard = (net(a) > 0).float()
        soft = net(a).sigmoid()
        ((hard - soft).detach() + soft).mul(weight).mean().backward()
        opt.step()

# an input that is optimised itself, started from what a network makes
start = net(x[:5]).detach().requires_grad_(True)
opt_input = torch.optim.Adam([start], lr=0.1)
for step in range(5):
    opt_input.zero_grad()
    loss = (start ** 2).sum()
    loss.backward()
    opt_input.step()
print(loss.item())
