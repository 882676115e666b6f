"""The optimizer holds the weights of a network that a function out of sight wraps later: its gradients arrive."""
import sys
import types

import torch
from torch import nn

out_of_sight = types.ModuleType("out_of_sight")  # stands for a package that is not part of the project
out_of_sight.instrumented = nn.Sequential
sys.modules["out_of_sight"] = out_of_sight

from out_of_sight import instrumented

net = nn.Linear(4, 4)
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
net = instrumented(net)

for _ in range(20):
    x = torch.randn(8, 4)
    net.zero_grad()
    (net(x) - x).pow(2).mean().backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimizer.step()
    net.zero_grad()
    (net(x) - x).abs().mean().backward()
    nn.utils.clip_grad_norm_(net.parameters(), 1.0)
    optimizer.step()
