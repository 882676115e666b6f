import torch
import torch.nn as nn


class ActorCritic(nn.Module):
    def __init__(self, contexts=3, arms=4):
        super().__init__()
        self.shared = nn.Embedding(contexts, 16)
        self.actor = nn.Sequential(nn.Linear(16, arms), nn.Softmax(dim=-1))
        self.critic = nn.Linear(16, 1)

    def forward(self, context):
        h = torch.tanh(self.shared(context))
        return self.actor(h), self.critic(h).squeeze(-1)


def main():
    torch.manual_seed(0)
    payoff = torch.rand(3, 4)
    agent = ActorCritic()
    optimizer = torch.optim.Adam(agent.parameters(), lr=0.02)
    for update in range(80):
        context = torch.randint(0, 3, (32,))
        probs, value = agent(context)
        dist = torch.distributions.Categorical(probs)
        arm = dist.sample()
        reward = payoff[context, arm] + 0.05 * torch.randn(32)
        advantage = (reward - value).detach()
        actor_loss = -(dist.log_prob(arm) * advantage).mean()
        critic_loss = nn.functional.mse_loss(value, reward)
        loss = actor_loss + 0.5 * critic_loss - 0.01 * dist.entropy().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if update % 20 == 0:
            print("update", update, "reward", reward.mean().item())


main()
