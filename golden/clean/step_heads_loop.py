import torch
import torch.nn as nn


class MultiHead(nn.Module):
    def __init__(self, heads):
        super().__init__()
        self.trunk = nn.Sequential(nn.Linear(8, 24), nn.ReLU())
        self.heads = nn.ModuleDict({name: nn.Linear(24, k) for name, k in heads.items()})

    def forward(self, x, name):
        return self.heads[name](self.trunk(x))


torch.manual_seed(0)
x = torch.randn(240, 8)
targets = {'sign': (x[:, 0] > 0).long(), 'largest': x[:, 1:4].argmax(1)}
model = MultiHead({'sign': 2, 'largest': 3})
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
weights = {'sign': 0.5, 'largest': 1.0}

for epoch in range(4):
    for idx in torch.randperm(240).split(40):
        optimizer.zero_grad()
        for name in targets:
            out = model(x[idx], name)
            loss = weights[name] * nn.functional.cross_entropy(out, targets[name][idx])
            loss.backward()
        optimizer.step()
    print(epoch, name, loss.item())
