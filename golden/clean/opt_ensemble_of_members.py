"""Deep ensemble: one network and one optimizer per member, created in a loop and kept in lists."""
import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(0)
x = torch.linspace(-2, 2, 120).unsqueeze(1)
y = x.sin() + 0.1 * torch.randn_like(x)

members, optimizers = [], []
for i in range(3):
    torch.manual_seed(i)
    net = nn.Sequential(nn.Linear(1, 20), nn.Tanh(), nn.Linear(20, 1))
    members.append(net)
    optimizers.append(optim.Adam(net.parameters(), lr=0.02))

for epoch in range(20):
    for net, optimizer in zip(members, optimizers):
        for idx in torch.randperm(120).split(40):
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(net(x[idx]), y[idx])
            loss.backward()
            optimizer.step()

with torch.no_grad():
    preds = torch.stack([net(x) for net in members])
print('rmse', (preds.mean(0) - y).pow(2).mean().sqrt().item(), 'spread', preds.std(0).mean().item())
