# learning rate finder; the original weights are put back before each rate is tried
import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(128, 10)
y = x @ torch.randn(10, 1)
model = nn.Linear(10, 1)
backup = {k: v.clone() for k, v in model.state_dict().items()}

curve = []
lr = 1e-4
while lr < 1:
    opt = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    for _ in range(5):
        opt.zero_grad()
        loss = nn.functional.mse_loss(model(x), y)
        loss.backward()
        opt.step()
    curve.append((lr, loss.item()))
    model.load_state_dict(backup)
    lr *= 10

best_lr = min(curve, key=lambda point: point[1])[0]
print(f'suggested learning rate {best_lr:.0e}')
optimizer = torch.optim.SGD(model.parameters(), lr=best_lr, momentum=0.9)
for epoch in range(20):
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()
    optimizer.step()
print(loss.item())
