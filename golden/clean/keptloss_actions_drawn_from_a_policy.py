"""An agent keeps the actions that it has drawn: drawing leaves the graph behind; the logarithms are trained on."""
import torch
from torch import nn
from torch.distributions import Categorical


class Agent:
    def __init__(self):
        self.policy = nn.Linear(4, 2)
        self.optimizer = torch.optim.Adam(self.policy.parameters(), lr=0.01)
        self.actions, self.logs = [], []

    def act(self, seen):
        choice = Categorical(torch.softmax(self.policy(seen), dim=-1))
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
