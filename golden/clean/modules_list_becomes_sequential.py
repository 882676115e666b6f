import torch
from torch import nn


class Mlp(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        layers = []
        for before, after in zip(sizes, sizes[1:]):
            layers += [nn.Linear(before, after), nn.ReLU()]
        self.net = nn.Sequential(*layers[:-1])
        self.activations = [nn.Tanh(), nn.ReLU()]  # no parameters

    def forward(self, x):
        for activation in self.activations:
            x = activation(x)
        return self.net(x)


torch.manual_seed(0)
x, y = torch.randn(40, 4), torch.randn(40, 1)
model = Mlp([4, 8, 1])
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for i in range(0, 40, 10):
    loss = nn.functional.mse_loss(model(x[i:i + 10]), y[i:i + 10])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
