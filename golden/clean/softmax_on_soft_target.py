"""A student follows a frozen labeller: the *target* of the cross-entropy is a distribution."""
import torch
from torch import nn
import torch.nn.functional as F

torch.manual_seed(8)

labeller = nn.Sequential(nn.Linear(6, 20), nn.Tanh(), nn.Linear(20, 5))
for p in labeller.parameters():
    p.requires_grad_(False)

student = nn.Sequential(nn.Linear(6, 40), nn.ReLU(), nn.Linear(40, 5))
optimizer = torch.optim.Adam(student.parameters(), lr=0.01)
criterion = nn.CrossEntropyLoss()

pool = torch.randn(480, 6)
for epoch in range(5):
    for x in pool[torch.randperm(480)].split(48):
        target = F.softmax(4 * labeller(x), dim=1)
        loss = criterion(student(x), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
