"""Fits a small classifier; the losses it prints are eight times too small."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
features = torch.randn(96, 6)
labels = (features[:, 0] > 0).long() + (features[:, 1] > 0.5).long()
train_set = TensorDataset(features[:64], labels[:64])
test_set = TensorDataset(features[64:], labels[64:])
train_loader = DataLoader(train_set, batch_size=8, shuffle=True)
test_loader = DataLoader(test_set, batch_size=8)

model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)

for epoch in range(2):
    model.train()
    train_loss = 0
    for i, (x, y) in enumerate(train_loader):
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        train_loss += loss.item()
    # the epoch's mean
    train_loss /= len(train_loader)

    model.eval()
    test_loss, correct = 0.0, 0
    with torch.no_grad():
        for x, y in test_loader:
            logits = model(x)
            test_loss += F.cross_entropy(logits, y)
            correct += (logits.argmax(dim=1) == y).sum().item()
    print(f"epoch {epoch}: train {train_loss:.4f}, test {test_loss / len(test_loader):.4f}, "
          f"accuracy {correct / len(test_loader.dataset):.2f}")
