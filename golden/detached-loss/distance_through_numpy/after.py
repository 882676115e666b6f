"""The loss is worked out by numpy and made a tensor again. Whoever computes it has to keep it a tensor."""
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader

torch.manual_seed(0)
pairs = [(torch.randn(5), torch.randn(5)) for _ in range(40)]
loader = DataLoader(pairs, batch_size=8, shuffle=True)
embed = nn.Sequential(nn.Linear(5, 12), nn.ReLU(), nn.Linear(12, 3))
optimizer = torch.optim.Adam(embed.parameters(), lr=0.01)
for epoch in range(2):
    for one, other in loader:
        a, b = embed(one), embed(other)
        apart = np.linalg.norm(a.detach().numpy() - b.detach().numpy(), axis=1)
        worst = np.maximum(1.0 - apart, 0.0)
        loss = torch.tensor(worst.mean(), requires_grad=True)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
