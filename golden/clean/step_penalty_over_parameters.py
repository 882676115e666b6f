import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(0)
x = torch.randn(100, 30)
y = x[:, :3].sum(1, keepdim=True)
model = nn.Linear(30, 1)
optimizer = optim.SGD(model.parameters(), lr=0.02)

for epoch in range(40):
    loss = nn.functional.mse_loss(model(x), y)
    for name, param in model.named_parameters():
        if 'bias' not in name:
            loss = loss + 0.02 * param.abs().sum()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
print('non-zero weights', (model.weight.abs() > 0.05).sum().item(), 'loss', loss.item())
