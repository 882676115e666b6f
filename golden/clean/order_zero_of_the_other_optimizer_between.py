"""Between the critic's backward and its step only the actor's gradients are emptied."""
import torch
from torch import nn

torch.manual_seed(1)
actor, critic = nn.Linear(3, 2), nn.Linear(5, 1)
actor_opt = torch.optim.Adam(actor.parameters(), lr=0.01)
critic_opt = torch.optim.Adam(critic.parameters(), lr=0.01)
states = torch.randn(40, 3)
for batch in states.split(8):
    value = critic(torch.cat([batch, actor(batch)], dim=1))
    critic_loss = (value - batch.sum(1, keepdim=True)).pow(2).mean()
    critic_opt.zero_grad()
    critic_loss.backward()
    actor_opt.zero_grad()
    critic_opt.step()

    actor_loss = -critic(torch.cat([batch, actor(batch)], dim=1)).mean()
    actor_loss.backward()
    critic_opt.zero_grad()
    actor_opt.step()
    print(critic_loss.item(), actor_loss.item())
