import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


class Trainer:
    """Semi-supervised training with confident pseudo-labels."""

    def __init__(self, model, optimizer, threshold=0.9, weight=0.5):
        self.model = model
        self.optimizer = optimizer
        self.threshold = threshold
        self.weight = weight

    def pseudo_label(self, x_unlabelled):
        with torch.no_grad():
            probs = torch.softmax(self.model(x_unlabelled), dim=-1)
            confidence, guess = probs.max(dim=-1)
        return guess, (confidence >= self.threshold).float()

    def step(self, x, y, u):
        guess, mask = self.pseudo_label(u)
        supervised = F.cross_entropy(self.model(x), y)
        unsupervised = (F.cross_entropy(self.model(u), guess, reduction="none") * mask).mean()
        loss = supervised + self.weight * unsupervised
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item(), mask.mean().item()


def blobs(n):
    y = torch.randint(0, 3, (n,))
    x = torch.randn(n, 5)
    x[torch.arange(n), y] += 3
    return x, y


def main():
    torch.manual_seed(0)
    labelled = DataLoader(TensorDataset(*blobs(60)), batch_size=10, shuffle=True)
    unlabelled = DataLoader(blobs(240)[0], batch_size=40, shuffle=True)
    model = nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 3))
    trainer = Trainer(model, torch.optim.Adam(model.parameters(), lr=0.01))
    for epoch in range(6):
        for (x, y), u in zip(labelled, unlabelled):
            loss, used = trainer.step(x, y, u)
        print(f"epoch {epoch} loss {loss:.3f} used {used:.2f}")


if __name__ == "__main__":
    main()
