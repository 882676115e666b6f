import torch
from torch import nn


class Runner:
    def __init__(self, net, lr):
        self.net = net
        self.opt = torch.optim.Adam(net.parameters(), lr=lr)

    def closure_for(self, x, y):
        def closure():
            self.net.zero_grad()
            loss = nn.functional.huber_loss(self.net(x), y)
            loss.backward()
            return loss
        return closure

    def run(self, batches, epochs):
        for epoch in range(epochs):
            for x, y in batches:
                loss = self.opt.step(self.closure_for(x, y))
            print(epoch, loss.item())


torch.manual_seed(0)
x = torch.randn(160, 2)
y = (x[:, :1] - x[:, 1:]).abs()
Runner(nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 1)), 0.01).run(list(zip(x.split(20), y.split(20))), 6)
