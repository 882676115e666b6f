"""The same function trains and evaluates; recording is switched by a flag, or by whoever calls it."""
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(3)
x = torch.randn(160, 4)
y = (x[:, 0] * x[:, 1] > 0).long()
loaders = {
    "train": DataLoader(TensorDataset(x[:128], y[:128]), batch_size=32, shuffle=True),
    "val": DataLoader(TensorDataset(x[128:], y[128:]), batch_size=32),
}
model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)


def run(loader, training):
    model.train(training)
    total = 0.0
    for images, labels in loader:
        loss = F.cross_entropy(model(images), labels)
        if training:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        total += loss.item()
    return total / len(loader)


def epoch_of(phase):
    right = 0
    for images, labels in loaders[phase]:
        optimizer.zero_grad()
        with torch.set_grad_enabled(phase == "train"):
            scores = model(images)
            loss = F.cross_entropy(scores, labels)
            if phase == "train":
                loss.backward()
                optimizer.step()
        right += (scores.argmax(1) == labels).sum().item()
    return right


for epoch in range(3):
    run(loaders["train"], True)
    with torch.no_grad():
        print(run(loaders["val"], False))
    for phase in ("train", "val"):
        getattr(model, phase if phase == "train" else "eval")()
        print(phase, epoch_of(phase))
