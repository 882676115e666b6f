import torch
import torch.nn as nn
import torch.nn.functional as F


class Prenet(nn.Module):
    """As in speech synthesis: its dropout stays on while speaking."""

    def __init__(self, width):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(width, width), nn.Linear(width, width)])

    def forward(self, x):
        for layer in self.layers:
            x = F.dropout(F.relu(layer(x)), p=0.5)
        return x


class Regressor(nn.Module):
    def __init__(self):
        super().__init__()
        self.pre, self.out = Prenet(4), nn.Linear(4, 1)

    def forward(self, x):
        return self.out(F.dropout(self.pre(x), 0.1, True))

    def mc_forward(self, x, times=5):
        return torch.stack([self.out(F.dropout(self.pre(x), 0.3)) for _ in range(times)])


def noisy(x):
    # augmentation of the data, no part of a module
    return F.dropout(x, 0.05)


torch.manual_seed(0)
x, y = torch.randn(60, 4), torch.randn(60, 1)
model = Regressor()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
for i in range(0, 60, 20):
    loss = F.mse_loss(model(noisy(x[i:i + 20])), y[i:i + 20])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
model.eval()
print(model.mc_forward(x[:2]).std(0))
