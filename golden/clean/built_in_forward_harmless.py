import torch
from torch import nn
from torch.nn import functional as F


class Lazy(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = None

    def forward(self, x):
        if self.fc is None:
            self.fc = nn.Linear(x.shape[1], 3)
        return self.fc(nn.ReLU()(x))


class Hyper(nn.Module):
    """Makes the weights of another layer."""

    def __init__(self):
        super().__init__()
        self.make = nn.Linear(2, 9)

    def forward(self, x, z):
        layer = nn.Linear(3, 3, bias=False)
        del layer.weight
        layer.weight = self.make(z).view(3, 3)
        return layer(x)


def pooled(x):
    # outside of modules
    return nn.BatchNorm1d(x.shape[1], affine=False)(x)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.lazy, self.hyper = Lazy(), Hyper()

    def forward(self, x, z):
        x = self.hyper(self.lazy(x), z)
        x = nn.LayerNorm(3, elementwise_affine=False)(x)
        return nn.Softmax(dim=1)(x)

    def loss(self, out, y):
        return nn.NLLLoss()(torch.log(out), y)


torch.manual_seed(0)
x, y, z = torch.randn(36, 5), torch.randint(0, 3, (36,)), torch.randn(2)
model = Model()
model(x, z)
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for i in range(0, 36, 12):
    loss = model.loss(model(pooled(x[i:i + 12]), z), y[i:i + 12])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item(), F.relu(loss).item())
