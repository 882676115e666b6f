import torch
from torch import nn


class Agent:
    """Actor and critic on a one-step task; the optimizers live in a dictionary."""

    def __init__(self):
        self.actor, self.critic = nn.Linear(2, 1), nn.Linear(3, 1)
        self.optimizers = {
            'actor': torch.optim.Adam(self.actor.parameters(), lr=1e-2),
            'critic': torch.optim.Adam(self.critic.parameters(), lr=1e-2),
        }

    def minimise(self, name, loss):
        for optimizer in self.optimizers.values():
            optimizer.zero_grad()
        loss.backward()
        self.optimizers[name].step()

    def update(self, state, reward_of):
        action = self.actor(state).detach() + 0.3 * torch.randn(len(state), 1)
        value = self.critic(torch.cat([state, action], 1))
        self.minimise('critic', (value - reward_of(state, action)).pow(2).mean())
        self.minimise('actor', -self.critic(torch.cat([state, self.actor(state)], 1)).mean())


torch.manual_seed(0)
agent = Agent()
for it in range(60):
    agent.update(torch.randn(64, 2), lambda s, a: -(a - s.sum(1, keepdim=True)).pow(2))
print(agent.actor.weight)
