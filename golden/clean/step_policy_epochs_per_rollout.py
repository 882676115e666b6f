"""PPO on a contextual bandit: collect with the old policy, then several epochs over the rollout."""
import torch
from torch import nn
from torch.distributions import Categorical

torch.manual_seed(0)
N_ACTIONS, CLIP = 4, 0.2
actor = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, N_ACTIONS))
optimizer = torch.optim.Adam(actor.parameters(), lr=5e-3)

for update in range(8):
    obs, acts, logps, rewards = [], [], [], []
    for step in range(64):
        state = torch.randn(4)
        with torch.no_grad():
            dist = Categorical(logits=actor(state))
        action = dist.sample()
        obs.append(state)
        acts.append(action)
        logps.append(dist.log_prob(action))
        rewards.append(float(action == state.argmax()))

    obs, acts, logps = torch.stack(obs), torch.stack(acts), torch.stack(logps)
    adv = torch.tensor(rewards)
    adv = (adv - adv.mean()) / (adv.std() + 1e-8)
    for epoch in range(4):
        new = Categorical(logits=actor(obs))
        ratio = (new.log_prob(acts) - logps).exp()
        surrogate = torch.min(ratio * adv, ratio.clamp(1 - CLIP, 1 + CLIP) * adv)
        loss = -surrogate.mean() - 0.01 * new.entropy().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(update, sum(rewards) / len(rewards))
