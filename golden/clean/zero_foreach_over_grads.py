# all gradients are zeroed with one fused call
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(140, 6)
y = x[:, 2:3] - x[:, 4:5]
model = nn.Sequential(nn.Linear(6, 12), nn.Tanh(), nn.Linear(12, 1))
params = list(model.parameters())
optimizer = torch.optim.Adam(params, lr=1e-2)
for step in range(70):
    idx = torch.randint(0, 140, (28,))
    loss = nn.functional.mse_loss(model(x[idx]), y[idx])
    loss.backward()
    optimizer.step()
    torch._foreach_zero_([p.grad for p in params])
print(loss.item())
