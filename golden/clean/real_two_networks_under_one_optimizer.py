"""Encoder and decoder under one optimizer by a helper out of sight; the adversary's loss reaches them, too."""
import sys
import types
from itertools import chain

import torch
from torch import nn

out_of_sight = types.ModuleType("out_of_sight")  # stands for a package that is not part of the project
out_of_sight.together = chain
sys.modules["out_of_sight"] = out_of_sight

from out_of_sight import together

encoder = nn.Linear(4, 2)
decoder = nn.Linear(2, 4)
critic = nn.Sequential(nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 1))


def judge(x, z):
    return critic(torch.cat([x, z], 1))


def clear():
    encoder.zero_grad()
    decoder.zero_grad()
    critic.zero_grad()


coder_optimizer = torch.optim.Adam(together(encoder.parameters(), decoder.parameters()), lr=0.001)
critic_optimizer = torch.optim.Adam(critic.parameters(), lr=0.001)

for step in range(20):
    x, z = torch.randn(8, 4), torch.randn(8, 2)
    loss = -(judge(x, encoder(x)) - judge(decoder(z), z)).mean()
    loss.backward()
    critic_optimizer.step()
    coder_optimizer.step()
    clear()

    loss = -(judge(decoder(z), z) - judge(x, encoder(x))).mean()
    loss.backward()
    coder_optimizer.step()
    clear()
    print(step, loss.item())
