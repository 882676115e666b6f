import torch
from torch import nn

torch.manual_seed(4)
users = torch.randint(0, 30, (600,))
items = torch.randint(0, 40, (600,))
taste_u, taste_i = torch.randn(30, 3), torch.randn(40, 3)
ratings = (taste_u[users] * taste_i[items]).sum(1)


class Factors(nn.Module):
    def __init__(self, n_users, n_items, k):
        super().__init__()
        self.u = nn.Embedding(n_users, k)
        self.i = nn.Embedding(n_items, k)

    def forward(self, u, i):
        return (self.u(u) * self.i(i)).sum(1)


model = Factors(30, 40, 4)


def train():
    optimizer = torch.optim.SGD(model.parameters(), lr=2.0)
    for epoch in range(1, 9):
        order = torch.randperm(600)
        total = 0
        for u, i, r in zip(users[order].split(50), items[order].split(50), ratings[order].split(50)):
            loss = (model(u, i) - r).pow(2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        print('epoch %d: %.3f' % (epoch, total / 12))


train()
