"""Accuracy under attack: evaluation needs the gradient of the loss by the input."""
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(160, 6)
y = (x[:, 0] > x[:, 1]).long()
train_loader = DataLoader(TensorDataset(x[:128], y[:128]), batch_size=32, shuffle=True)
test_loader = DataLoader(TensorDataset(x[128:], y[128:]), batch_size=16)
model = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)


def fgsm(images, labels, eps):
    images = images.clone().requires_grad_(True)
    loss = F.cross_entropy(model(images), labels)
    (slope,) = torch.autograd.grad(loss, images)
    return (images + eps * slope.sign()).detach()


for epoch in range(3):
    model.train()
    for images, labels in train_loader:
        optimizer.zero_grad()
        F.cross_entropy(model(images), labels).backward()
        optimizer.step()

    model.eval()
    robust = 0
    for images, labels in test_loader:
        attacked = fgsm(images, labels, 0.05)
        with torch.no_grad():
            robust += (model(attacked).argmax(1) == labels).sum().item()
    print(epoch, robust / 32)

    # the same, step by step
    robust = 0
    for images, labels in test_loader:
        images.requires_grad = True
        scores = model(images)
        F.cross_entropy(scores, labels).backward()
        moved = images + 0.05 * images.grad.sign()
        model.zero_grad()
        with torch.no_grad():
            robust += (model(moved).argmax(1) == labels).sum().item()
    print(epoch, robust / 32)
