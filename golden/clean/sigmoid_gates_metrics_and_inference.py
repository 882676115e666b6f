import torch
from torch import nn


class Gated(nn.Module):
    def __init__(self):
        super().__init__()
        self.value, self.gate, self.head = nn.Linear(6, 12), nn.Linear(6, 12), nn.Linear(12, 1)

    def forward(self, x):
        return self.head(torch.sigmoid(self.gate(x)) * self.value(x))

    def predict(self, x):
        return torch.sigmoid(self(x)).squeeze(1)


torch.manual_seed(0)
x = torch.randn(96, 6)
y = (x[:, 0] * x[:, 1] > 0).float()
model = Gated()
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(4):
    for i in range(0, 96, 32):
        logits = model(x[i:i + 32]).squeeze(1)
        loss = criterion(logits, y[i:i + 32])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        correct = ((torch.sigmoid(logits) > 0.5) == (y[i:i + 32] > 0.5)).sum().item()
    print(epoch, loss.item(), correct)
with torch.no_grad():
    print(model.predict(x[:4]))
