"""Federated averaging: every client trains its own copy with its own optimizer."""
import copy

import torch
from torch import nn


class Client:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def train(self, global_model, epochs=2):
        model = copy.deepcopy(global_model)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.5)
        for _ in range(epochs):
            for xb, yb in zip(self.x.split(20), self.y.split(20)):
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(model(xb), yb)
                loss.backward()
                optimizer.step()
        return model.state_dict(), loss.item()


def average(states):
    return {k: torch.stack([s[k] for s in states]).mean(0) for k in states[0]}


torch.manual_seed(0)
clients = []
for c in range(4):
    y = torch.randint(0, 3, (60,))
    clients.append(Client(torch.eye(3, 5)[y] * 2 + torch.randn(60, 5) + 0.2 * c, y))

server = nn.Linear(5, 3)
for rnd in range(5):
    states, losses = zip(*(client.train(server) for client in clients))
    server.load_state_dict(average(states))
    print('round', rnd, 'mean client loss', sum(losses) / len(losses))
