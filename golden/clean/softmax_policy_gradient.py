"""REINFORCE on a corridor: the policy's softmax feeds a Categorical, not a classification loss."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.distributions import Categorical

torch.manual_seed(0)


class Policy(nn.Module):
    def __init__(self, n_states=5, n_actions=2):
        super().__init__()
        self.affine1 = nn.Linear(n_states, 32)
        self.action_head = nn.Linear(32, n_actions)

    def forward(self, s):
        h = F.relu(self.affine1(s))
        return F.softmax(self.action_head(h), dim=-1)


class Corridor:
    def __init__(self, length=5):
        self.length = length

    def reset(self):
        self.pos, self.t = 0, 0
        return self.observe()

    def observe(self):
        return F.one_hot(torch.tensor(self.pos), self.length).float()

    def step(self, action):
        self.pos = max(0, self.pos + (1 if action == 1 else -1))
        self.t += 1
        done = self.pos == self.length - 1 or self.t >= 30
        return self.observe(), (1.0 if self.pos == self.length - 1 else -0.05), done


policy = Policy()
optimizer = torch.optim.Adam(policy.parameters(), lr=1e-2)
env = Corridor()

for episode in range(60):
    state, done = env.reset(), False
    log_probs, rewards = [], []
    while not done:
        m = Categorical(policy(state))
        action = m.sample()
        log_probs.append(m.log_prob(action))
        state, reward, done = env.step(action.item())
        rewards.append(reward)

    returns, R = [], 0.0
    for r in reversed(rewards):
        R = r + 0.99 * R
        returns.insert(0, R)
    returns = torch.tensor(returns)
    loss = -(torch.stack(log_probs) * (returns - returns.mean())).sum()

    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if episode % 20 == 0:
        print("episode", episode, "steps", len(rewards))
