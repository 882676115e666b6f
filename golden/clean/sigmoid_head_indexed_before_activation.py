import torch
import torch.nn as nn
import torch.nn.functional as F


class Detector(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(5, 16)
        self.head = nn.Sequential(nn.Linear(16, 1), nn.Sigmoid())

    def forward(self, x):
        h = torch.relu(self.body(x))
        return self.head[0](h), self.head(h)


torch.manual_seed(0)
x, y = torch.randn(60, 5), torch.randint(0, 2, (60, 1)).float()
model = Detector()
optimizer = torch.optim.Adam(model.parameters())
for i in range(0, 60, 20):
    logits, probs = model(x[i:i + 20])
    loss = F.binary_cross_entropy_with_logits(logits, y[i:i + 20])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    print(loss.item(), probs.mean().item())
