"""Notebook-like script: the loop was cut short while it was being written."""
import torch
from torch import nn

torch.manual_seed(1)
waves = torch.sin(torch.linspace(0, 40, 600)).unfold(0, 20, 4)
train_loader = torch.utils.data.DataLoader(waves, batch_size=16, shuffle=True)
net = nn.Sequential(nn.Linear(19, 16), nn.Tanh(), nn.Linear(16, 1))
opt = torch.optim.SGD(net.parameters(), lr=0.1)
history = []
for epoch in range(5):
    losses = []
    for step, window in enumerate(train_loader):
        opt.zero_grad()
        loss = nn.functional.mse_loss(net(window[:, :-1]), window[:, -1:])
        loss.backward()
        opt.step()
        losses.append(loss.item())
        if step % 5 == 0:
            print(f"epoch {epoch} step {step}: {loss.item():.4f}")
    history.append(sum(losses) / len(losses))
print(history)
