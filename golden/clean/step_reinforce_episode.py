"""REINFORCE on a corridor: one update after each episode."""
import random

import torch
from torch import nn, optim
from torch.distributions import Categorical


class Corridor:
    """Start in the middle, walk to the right end."""

    def __init__(self, length=7):
        self.length = length

    def reset(self):
        self.pos = self.length // 2
        return self._obs()

    def _obs(self):
        return nn.functional.one_hot(torch.tensor(self.pos), self.length).float()

    def step(self, action):
        self.pos = max(0, min(self.length - 1, self.pos + (1 if action else -1)))
        done = self.pos in (0, self.length - 1)
        return self._obs(), float(self.pos == self.length - 1), done


random.seed(0)
torch.manual_seed(0)
env = Corridor()
policy = nn.Linear(env.length, 2)
optimizer = optim.Adam(policy.parameters(), lr=0.05)
gamma = 0.95

for episode in range(30):
    obs, log_probs, rewards = env.reset(), [], []
    for t in range(50):
        dist = Categorical(logits=policy(obs))
        action = dist.sample()
        obs, reward, done = env.step(action.item())
        log_probs.append(dist.log_prob(action))
        rewards.append(reward)
        if done:
            break

    ret, returns = 0.0, []
    for r in reversed(rewards):
        ret = r + gamma * ret
        returns.insert(0, ret)
    loss = -(torch.stack(log_probs) * torch.tensor(returns)).sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if episode % 10 == 9:
        print(f'episode {episode + 1}: reward {sum(rewards):.0f} in {len(rewards)} steps')
