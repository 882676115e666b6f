import torch
from torch import nn
from torch.nn import functional as F

# Scores bounded to [-8, 8] on purpose.
torch.manual_seed(0)
user, item = nn.Embedding(20, 6), nn.Embedding(30, 6)
optimizer = torch.optim.Adagrad([*user.parameters(), *item.parameters()], lr=0.1)
for step in range(6):
    u, v = torch.randint(0, 20, (16,)), torch.randint(0, 30, (16,))
    liked = ((u + v) % 2).float()
    affinity = (user(u) * item(v)).sum(1)
    score = 16 * torch.sigmoid(affinity) - 8
    loss = F.binary_cross_entropy_with_logits(score, liked)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item())
