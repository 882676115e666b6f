import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)


class SiameseNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Sequential(nn.Linear(6, 24), nn.ReLU(), nn.Linear(24, 8))
        self.score = nn.Linear(8, 1)

    def forward(self, left, right):
        return self.score((self.embed(left) - self.embed(right)).abs()).squeeze(1)


base = torch.randn(320, 6)
same = torch.randint(0, 2, (320,)).float()
other = torch.where(same[:, None] == 1, base + 0.1 * torch.randn(320, 6), torch.randn(320, 6))
loader = DataLoader(TensorDataset(base, other, same), batch_size=8, shuffle=True)

model = SiameseNet()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=1e-3)
accumulation = 5

for epoch in range(5):
    total_loss = 0
    optimizer.zero_grad()
    for i, (left, right, label) in enumerate(loader, 1):
        loss = F.binary_cross_entropy_with_logits(model(left, right), label)
        total_loss += loss.item()
        # accumulate; the update follows every `accumulation` batches
        loss.backward()
        if i % accumulation == 0:
            optimizer.step()
            optimizer.zero_grad()
    print("Epoch {}: {:.4f}".format(epoch, total_loss / len(loader)))
