"""Step each parameter as soon as its gradient is there; the hook also drops the gradient."""
import torch
from torch import nn

torch.manual_seed(0)
model = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 4))
optimizers = {p: torch.optim.Adam([p], lr=1e-2, foreach=False) for p in model.parameters()}


def optimizer_hook(parameter):
    optimizers[parameter].step()
    optimizers[parameter].zero_grad()


for p in model.parameters():
    p.register_post_accumulate_grad_hook(optimizer_hook)

y = torch.randint(0, 4, (320,))
x = torch.randn(320, 16)
x[torch.arange(320), y] += 2.5
for epoch in range(4):
    for xb, yb in zip(x.split(32), y.split(32)):
        loss = nn.functional.cross_entropy(model(xb), yb)
        loss.backward()
    print(epoch, loss.item())
