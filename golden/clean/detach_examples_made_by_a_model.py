"""What one model makes goes through numpy and is a new input for another: that one has its gradients."""
import numpy as np
import torch
from torch import nn

torch.manual_seed(0)
maker, judge = nn.Linear(3, 4), nn.Linear(4, 2)
optimizer = torch.optim.SGD(judge.parameters(), lr=0.1)
seeds, labels = torch.randn(60, 3), torch.randint(0, 2, (60,))
for start in range(0, 60, 12):
    made = maker(seeds[start:start + 12]).detach().numpy()
    noisy = np.clip(made + 0.1, -2, 2)
    inputs = torch.tensor(noisy, requires_grad=True)
    loss = nn.functional.cross_entropy(judge(inputs), labels[start:start + 12])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    # what the examples themselves would want
    wanted = maker(seeds[start:start + 12]).detach()
    wanted.requires_grad = True
    (wanted ** 2).sum().backward()
    print(loss.item(), wanted.grad.norm().item())
