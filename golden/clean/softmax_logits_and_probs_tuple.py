import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(11)


class TwoOutputs(nn.Module):
    def __init__(self, d, k):
        super().__init__()
        self.body = nn.Linear(d, 20)
        self.head = nn.Linear(20, k)

    def forward(self, x):
        h = torch.relu(self.body(x))
        logits = self.head(h)
        return logits, F.softmax(logits, dim=1)


targets = torch.randint(0, 4, (200,))
inputs = F.one_hot(targets, 8).float() * 2 + torch.randn(200, 8) * 0.4
loader = DataLoader(TensorDataset(inputs, targets), batch_size=25, shuffle=True)

model = TwoOutputs(8, 4)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
criterion = nn.CrossEntropyLoss()

for epoch in range(6):
    for x, y in loader:
        logits, probs = model(x)
        loss = criterion(logits, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print("epoch", epoch, "loss", loss.item(), "mean confidence", probs.max(1)[0].mean().item())
