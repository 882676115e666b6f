"""Policy gradient: every time step of the episode goes backward, the update follows the episode."""
import torch
import torch.nn as nn

torch.manual_seed(0)
policy = nn.Linear(2, 2)
optimizer = torch.optim.Adam(policy.parameters(), lr=0.05)
baseline = 0.0

for episode in range(80):
    optimizer.zero_grad()
    position, gained = 0.0, 0.0
    for t in range(12):
        state = torch.tensor([position, t / 12.0])
        dist = torch.distributions.Categorical(logits=policy(state))
        action = dist.sample()
        position += 0.2 if action.item() == 1 else -0.2
        reward = -abs(position - 1.0)
        gained += reward
        loss = -dist.log_prob(action) * (reward - baseline)
        loss.backward()
    optimizer.step()
    baseline = 0.9 * baseline + 0.1 * gained / 12
    if episode % 20 == 0:
        print("episode", episode, "return", round(gained, 3))
