import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Shared(nn.Module):
    """One branch per group, and the same layer applied several times."""

    def __init__(self, groups, width):
        super().__init__()
        self.branches = {}
        for group in range(groups):
            self.branches[str(group)] = nn.Linear(4, width)
        self.steps = [nn.Linear(width, width)] * 3
        self.out = nn.Linear(width, 2)

    def forward(self, x):
        h = sum(branch(x) for branch in self.branches.values())
        for step in self.steps:
            h = torch.relu(step(h))
        return self.out(h)


torch.manual_seed(0)
x = torch.randn(64, 4)
loader = DataLoader(TensorDataset(x, (x[:, 0] > 0).long()), batch_size=16, shuffle=True)
model = Shared(3, 8)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
for epoch in range(3):
    for inputs, labels in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(inputs), labels)
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
