"""The optimizer clears its gradients by a hook that runs behind every step."""
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(200, 5)
y = x[:, :2].sum(1, keepdim=True)
model = nn.Linear(5, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
optimizer.register_step_post_hook(lambda opt, args, kwargs: opt.zero_grad())

for epoch in range(5):
    for xb, yb in zip(x.split(20), y.split(20)):
        loss = nn.functional.mse_loss(model(xb), yb)
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
