import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class ChurnNet(nn.Module):
    def __init__(self, n_features):
        super().__init__()
        self.fc1 = nn.Linear(n_features, 24)
        self.fc2 = nn.Linear(24, 1)

    def forward(self, x):
        x = torch.relu(self.fc1(x))
        # probability of leaving
        return self.fc2(x)


torch.manual_seed(0)
features = torch.randn(240, 8)
left = (features[:, 0] + features[:, 1] > 0).float().unsqueeze(1)
loader = DataLoader(TensorDataset(features, left), batch_size=40, shuffle=True)

model = ChurnNet(8)
criterion = nn.BCEWithLogitsLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

for epoch in range(4):
    correct = 0
    for x, y in loader:
        optimizer.zero_grad()
        logits = model(x)
        prob = logits.sigmoid()
        loss = criterion(logits, y)
        loss.backward()
        optimizer.step()
        correct += ((prob > 0.5).float() == y).sum().item()
    print(f"epoch {epoch} loss {loss.item():.3f} accuracy {correct / 240:.3f}")

model.eval()
with torch.no_grad():
    print(model(features[:5]).sigmoid().squeeze(1).tolist())
