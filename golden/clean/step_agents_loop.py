"""Independent learners: the loop runs over agents, each with its own actor; a shared critic steps at the end."""
import torch
from torch import nn

torch.manual_seed(0)
n_agents = 3
actors = [nn.Linear(5, 2) for _ in range(n_agents)]
actor_opts = [torch.optim.Adam(a.parameters(), lr=0.01) for a in actors]
critic = nn.Linear(5 + 2 * n_agents, n_agents)
critic_opt = torch.optim.Adam(critic.parameters(), lr=0.01)

for step in range(40):
    obs = torch.randn(32, 5)
    moves = [torch.tanh(a(obs)) for a in actors]
    reward = -torch.stack([(m - obs[:, :2]).pow(2).sum(1) for m in moves], dim=1)

    for i in range(n_agents):
        joint = [m if j == i else m.detach() for j, m in enumerate(moves)]
        loss = -critic(torch.cat([obs, *joint], 1))[:, i].mean()
        actor_opts[i].zero_grad()
        loss.backward(retain_graph=True)
        actor_opts[i].step()

    critic_opt.zero_grad()
    value = critic(torch.cat([obs, *[m.detach() for m in moves]], 1))
    (value - reward.detach()).pow(2).mean().backward()
    critic_opt.step()
print('mean reward', reward.mean().item())
