import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)

images = torch.randn(200, 1, 6, 6)
labels = (images.mean(dim=(1, 2, 3)) > 0).long()
images = images + labels[:, None, None, None]


def sample(batch_size):
    pick = torch.randint(0, len(images), (batch_size,))
    return images[pick], labels[pick]


def train_step(model, optimizer, micro_batches):
    """One optimizer update from several random micro-batches."""
    optimizer.zero_grad()
    losses = []
    for _ in range(micro_batches):
        x, y = sample(16)
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        losses.append(loss.item())
    optimizer.step()
    return sum(losses) / len(losses)


model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(64, 2))
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for step in range(30):
    loss = train_step(model, optimizer, micro_batches=5)
    if step % 10 == 0:
        print(step, loss)
