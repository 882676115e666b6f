import torch
from torch import nn
from torch.nn.utils import clip_grad_norm_
from torch.utils.data import DataLoader, TensorDataset


class Learner:
    def __init__(self, states, actions):
        self.actor = nn.Sequential(nn.Linear(states, 16), nn.Tanh(), nn.Linear(16, actions), nn.Tanh())
        self.critic = nn.Sequential(nn.Linear(states + actions, 16), nn.ReLU(), nn.Linear(16, 1))
        self.actor_optimizer = torch.optim.Adam(self.actor.parameters(), lr=1e-3)
        self.critic_optimizer = torch.optim.Adam(self.critic.parameters(), lr=1e-2)

    def value(self, s, a):
        return self.critic(torch.cat([s, a], dim=-1))

    def update(self, s, a, reward):
        critic_loss = nn.functional.mse_loss(self.value(s, a), reward)
        self.critic_optimizer.zero_grad()
        critic_loss.backward()
        self.critic_optimizer.step()
        clip_grad_norm_(self.critic.parameters(), 0.5)

        # what this leaves in the critic is emptied before the critic's own backward
        actor_loss = -self.value(s, self.actor(s)).mean()
        self.actor_optimizer.zero_grad()
        actor_loss.backward()
        clip_grad_norm_(self.actor.parameters(), 0.5)
        self.actor_optimizer.step()
        return critic_loss.item(), actor_loss.item()


torch.manual_seed(0)
s, a = torch.randn(96, 4), torch.rand(96, 2) * 2 - 1
reward = 10 * (s[:, :2] * a).sum(1, keepdim=True)
learner = Learner(4, 2)
for epoch in range(3):
    for batch in DataLoader(TensorDataset(s, a, reward), batch_size=16, shuffle=True):
        losses = learner.update(*batch)
    print(epoch, *losses)
