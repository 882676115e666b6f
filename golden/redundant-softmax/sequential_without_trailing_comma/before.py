import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split


class TransferHead(nn.Module):
    """A frozen feature extractor with a new, trainable classifier."""

    def __init__(self, backbone, features, classes):
        super().__init__()
        self.backbone = backbone
        for p in self.backbone.parameters():
            p.requires_grad = False
        self.classifier = nn.Sequential(
            nn.Dropout(0.1),
            nn.Linear(features, 32),
            nn.ReLU(),
            nn.Linear(32, classes),
            nn.Softmax(dim=1)
        )

    def forward(self, x):
        return self.classifier(self.backbone(x))


def train(model, train_dl, val_dl, optimizer, criterion, n_epochs):
    for epoch in range(n_epochs):
        model.train()
        for xb, yb in train_dl:
            optimizer.zero_grad()
            preds = model(xb)
            loss = criterion(preds, yb)
            loss.backward()
            optimizer.step()

        model.eval()
        good = n = 0
        with torch.no_grad():
            for xb, yb in val_dl:
                good += (torch.max(model(xb), 1)[1] == yb).sum().item()
                n += len(yb)
        print(f"epoch {epoch} train loss {loss.item():.4f} val acc {good / n:.3f}")


def main():
    torch.manual_seed(0)
    y = torch.randint(0, 6, (360,))
    x = torch.randn(360, 10)
    x[torch.arange(360), y] += 3
    train_ds, val_ds = random_split(TensorDataset(x, y), [300, 60])
    backbone = nn.Sequential(nn.Linear(10, 40), nn.Tanh())
    model = TransferHead(backbone, 40, 6)
    optimizer = torch.optim.Adam(model.classifier.parameters(), lr=0.01)
    train(model, DataLoader(train_ds, batch_size=30, shuffle=True), DataLoader(val_ds, batch_size=60),
          optimizer, nn.CrossEntropyLoss(), n_epochs=6)


if __name__ == "__main__":
    main()
