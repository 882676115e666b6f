"""An agent keeps the actions that a choice out of sight has drawn; whether they have a graph cannot be told."""
import sys
import types

import torch
from torch import nn
from torch.distributions import Categorical

out_of_sight = types.ModuleType("out_of_sight")  # stands for a package that is not part of the project
out_of_sight.choice_of = Categorical
sys.modules["out_of_sight"] = out_of_sight

from out_of_sight import choice_of


class Agent:
    def __init__(self):
        self.policy = nn.Linear(4, 2)
        self.optimizer = torch.optim.Adam(self.policy.parameters(), lr=0.01)
        self.actions, self.logs = [], []

    def act(self, seen):
        choice = choice_of(torch.softmax(self.policy(seen), dim=-1))
        action = choice.sample()
        self.actions.append(action)
        self.logs.append(choice.log_prob(action))
        return action.item()

    def learn(self, rewards):
        logs = torch.cat(self.logs)
        loss = -(torch.tensor(rewards) * logs).mean()
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.logs = []
        return loss.item()


torch.manual_seed(0)
agent = Agent()
for episode in range(5):
    rewards = []
    for step in range(8):
        rewards.append(float(agent.act(torch.randn(1, 4))))
        if len(rewards) == 6:
            print(episode, agent.learn(rewards), len(agent.actions))
            break
