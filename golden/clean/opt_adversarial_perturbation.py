"""Optimise a perturbation for each batch: the perturbation is what is trained, not the network."""
import torch
import torch.nn.functional as F
from torch import nn, optim

torch.manual_seed(1)
means = torch.randn(3, 20) * 2
labels = torch.randint(0, 3, (300,))
inputs = means[labels] + torch.randn(300, 20)

victim = nn.Sequential(nn.Linear(20, 32), nn.ReLU(), nn.Linear(32, 3))
fit = optim.Adam(victim.parameters(), lr=1e-2)
for _ in range(60):
    fit.zero_grad()
    F.cross_entropy(victim(inputs), labels).backward()
    fit.step()

for p in victim.parameters():
    p.requires_grad_(False)

fooled = 0
for i in range(0, 300, 100):
    x, y = inputs[i:i + 100], labels[i:i + 100]
    delta = torch.zeros_like(x, requires_grad=True)
    attacker = optim.Adam([delta], lr=0.4)
    for _ in range(10):
        attacker.zero_grad()
        loss = -F.cross_entropy(victim(x + delta), y) + 0.01 * delta.pow(2).sum(1).mean()
        loss.backward()
        attacker.step()
    with torch.no_grad():
        fooled += (victim(x + delta).argmax(1) != y).sum().item()

print(f'fooled {fooled} of 300')
