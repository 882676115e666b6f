import torch
import torch.nn as nn

torch.manual_seed(0)
net = nn.Linear(4, 2)
optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
x, y = torch.randn(10, 4), torch.randint(0, 2, (10,))

before = nn.functional.cross_entropy(net(x), y)
before.backward()
optimizer.step()
after = nn.functional.cross_entropy(net(x), y)
print(f'one step: {before.item():.4f} -> {after.item():.4f}')
