import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(6)


class ProductOfExpertsHead(nn.Module):
    """Gives probabilities: the geometric mean of two experts, normalised."""

    def __init__(self, d, k):
        super().__init__()
        self.a = nn.Linear(d, k)
        self.b = nn.Linear(d, k)

    def forward(self, x):
        return F.softmax(0.5 * (self.a(x) + self.b(x)), dim=1)


labels = torch.randint(0, 4, (240,))
points = torch.randn(240, 7)
points[torch.arange(240), labels] += 2

head = ProductOfExpertsHead(7, 4)
optimizer = torch.optim.Adam(head.parameters(), lr=0.02)

for epoch in range(6):
    for idx in torch.randperm(240).split(24):
        probs = head(points[idx])
        # cross-entropy of log-probabilities: the log-softmax inside leaves them as they are
        loss = F.cross_entropy(torch.log(probs + 1e-9), labels[idx])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, round(loss.item(), 4))
