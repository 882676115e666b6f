import torch
import torch.nn as nn
import torch.nn.functional as F


class FocalLoss(nn.Module):
    def __init__(self, gamma=2.0):
        super().__init__()
        self.gamma = gamma

    def forward(self, p, target):
        """p: probabilities [N, C]"""
        pt = p.gather(1, target.unsqueeze(1)).clamp_min(1e-8)
        return (-(1 - pt) ** self.gamma * pt.log()).mean()


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(9, 24)
        self.fc2 = nn.Linear(24, 3)

    def forward(self, x):
        return F.softmax(self.fc2(F.relu(self.fc1(x))), dim=1)


torch.manual_seed(2)
weights = torch.tensor([0.8, 0.15, 0.05])
y = torch.multinomial(weights, 400, replacement=True)
x = torch.randn(400, 9) + 2.0 * F.one_hot(y, 9)

model = Model()
criterion = FocalLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(6):
    for i in range(0, 400, 40):
        optimizer.zero_grad()
        loss = criterion(model(x[i:i + 40]), y[i:i + 40])
        loss.backward()
        optimizer.step()
    print(f"epoch {epoch} focal {loss.item():.4f}")
