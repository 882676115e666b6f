"""A frozen network judges what the other one makes; its forward records nothing, with or without no_grad."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(6)
x = torch.randn(96, 4)
loader = DataLoader(TensorDataset(x), batch_size=32, shuffle=True)
scorer = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1)).eval()
for p in scorer.parameters():
    p.requires_grad_(False)
model = nn.Linear(4, 4)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for epoch in range(3):
    for (a,) in loader:
        optimizer.zero_grad()
        (model(a) - a).pow(2).mean().backward()
        optimizer.step()
    score = 0.0
    for (a,) in loader:
        score += nn.functional.l1_loss(scorer(a), a[:, :1]).item()
    print(epoch, score)
