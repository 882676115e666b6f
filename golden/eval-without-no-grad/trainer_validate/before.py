"""Trainer class with a validation method; the images are made up."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(1, 6, 3, padding=1), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2))
        self.head = nn.Linear(6 * 16, 3)

    def forward(self, x):
        return self.head(self.features(x).flatten(1))


class Trainer:
    def __init__(self, model, train_loader, val_loader):
        self.model = model
        self.train_loader, self.val_loader = train_loader, val_loader
        self.optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
        self.loss_fn = nn.CrossEntropyLoss()

    def train_epoch(self):
        self.model.train()
        for images, labels in self.train_loader:
            self.optimizer.zero_grad()
            self.loss_fn(self.model(images), labels).backward()
            self.optimizer.step()

    def validate(self):
        self.model.eval()
        correct, total, val_loss = 0, 0, 0.0
        for images, labels in self.val_loader:  # no update in here
            scores = self.model(images)
            val_loss += self.loss_fn(scores, labels).item()
            correct += (scores.argmax(dim=1) == labels).sum().item()
            total += len(labels)
        return val_loss / len(self.val_loader), correct / total

    def fit(self, epochs):
        for epoch in range(epochs):
            self.train_epoch()
            loss, accuracy = self.validate()
            print(f"{epoch}: {loss:.3f} {accuracy:.2f}")


def make(n):
    labels = torch.randint(0, 3, (n,))
    images = 0.4 * torch.randn(n, 1, 8, 8)
    images[torch.arange(n), 0, labels] += 1.0
    return TensorDataset(images, labels)


if __name__ == "__main__":
    torch.manual_seed(0)
    train, val = DataLoader(make(192), batch_size=32, shuffle=True), DataLoader(make(64), batch_size=32)
    Trainer(ConvNet(), train, val).fit(3)
