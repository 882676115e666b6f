# one signed step from each clean sample: the tensor is new, so there is nothing to clear
import torch
from torch import nn

torch.manual_seed(0)
y = torch.randint(0, 2, (100,))
x = torch.randn(100, 6) + 2 * y.unsqueeze(1)
net = nn.Linear(6, 2)
trainer = torch.optim.Adam(net.parameters(), lr=0.05)
for _ in range(50):
    trainer.zero_grad()
    nn.functional.cross_entropy(net(x), y).backward()
    trainer.step()
net.requires_grad_(False)

moved = []
for xb, yb in zip(x.split(25), y.split(25)):
    xb = xb.clone().requires_grad_(True)
    opt = torch.optim.SGD([xb], lr=1.0)
    loss = -nn.functional.cross_entropy(net(xb), yb, reduction='sum')
    loss.backward()
    opt.step()
    moved.append(xb.detach())
print('accuracy after the attack', (net(torch.cat(moved)).argmax(1) == y).float().mean().item())
