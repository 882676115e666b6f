import torch
import torch.nn as nn

torch.manual_seed(0)
x = torch.randn(200, 5)
y = (x.abs().sum(1) > 4).float().unsqueeze(1)
model = nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 1))

lr = 0.5
optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
for epoch in range(12):
    if epoch in (6, 9):
        # lower the learning rate and drop the velocity
        lr *= 0.1
        optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    for xb, yb in zip(x.split(25), y.split(25)):
        loss = nn.functional.binary_cross_entropy_with_logits(model(xb), yb)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
