"""Critic rounds reach the generators, too; these are emptied one after the other before their own step."""
from itertools import chain

import torch
from torch import nn

there = nn.Linear(4, 4)
back = nn.Linear(4, 4)
critic = nn.Linear(4, 1)
optimizer = torch.optim.RMSprop(chain(there.parameters(), back.parameters()), lr=0.001)
critic_optimizer = torch.optim.RMSprop(critic.parameters(), lr=0.001)
data = torch.randn(64, 4)


def clear():
    there.zero_grad()
    back.zero_grad()
    critic.zero_grad()


def draw(count):
    start = int(torch.randint(0, len(data) - count, (1,)))
    return data[start : start + count]


for step in range(10):
    for _ in range(3):
        x = draw(8)
        loss = critic(back(there(x))).mean() - critic(x).mean()
        loss.backward()
        critic_optimizer.step()
        clear()
    x = draw(8)
    loss = (back(there(x)) - x).abs().mean() - critic(there(x)).mean()
    loss.backward()
    optimizer.step()
    clear()
    print(step, loss.item())
