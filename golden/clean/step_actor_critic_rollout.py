# n-step advantage actor-critic: the loop collects transitions, the update follows it
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)


class Chain:
    def __init__(self, n=6):
        self.n, self.s = n, 0

    def reset(self):
        self.s = 0
        return F.one_hot(torch.tensor(self.s), self.n).float()

    def step(self, a):
        self.s = min(self.s + 1, self.n - 1) if a == 1 else 0
        return F.one_hot(torch.tensor(self.s), self.n).float(), float(self.s == self.n - 1)


class AC(nn.Module):
    def __init__(self, n):
        super().__init__()
        self.pi, self.v = nn.Linear(n, 2), nn.Linear(n, 1)

    def forward(self, s):
        return torch.distributions.Categorical(logits=self.pi(s)), self.v(s).squeeze(-1)


env = Chain()
net = AC(env.n)
opt = torch.optim.RMSprop(net.parameters(), lr=0.02)
state = env.reset()
for update in range(40):
    logps, values, rewards, entropy = [], [], [], 0
    for _ in range(12):
        dist, value = net(state)
        action = dist.sample()
        state, reward = env.step(action.item())
        logps.append(dist.log_prob(action))
        values.append(value)
        rewards.append(reward)
        entropy = entropy + dist.entropy()
    with torch.no_grad():
        R = net(state)[1]
    returns = []
    for r in reversed(rewards):
        R = r + 0.9 * R
        returns.insert(0, R)
    advantage = torch.stack(returns) - torch.stack(values)
    loss = -(torch.stack(logps) * advantage.detach()).mean() + advantage.pow(2).mean() - 0.01 * entropy / 12
    opt.zero_grad()
    loss.backward()
    opt.step()
    if update % 10 == 9:
        print(update, 'mean reward', sum(rewards) / 12)
