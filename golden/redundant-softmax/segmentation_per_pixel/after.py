import torch
import torch.nn as nn
from torch.utils.data import DataLoader, Dataset


class Shapes(Dataset):
    """Squares (1) and crosses (2) on a noisy background (0)."""

    def __init__(self, n=60, size=12):
        g = torch.Generator().manual_seed(0)
        self.masks = torch.zeros(n, size, size, dtype=torch.long)
        for i in range(n):
            r, c = torch.randint(1, size - 5, (2,), generator=g).tolist()
            if i % 2:
                self.masks[i, r:r + 4, c:c + 4] = 1
            else:
                self.masks[i, r + 1, c:c + 4] = 2
                self.masks[i, r:r + 4, c + 1] = 2
        self.images = (self.masks > 0).float() + 0.1 * torch.randn(n, size, size, generator=g)

    def __len__(self):
        return len(self.masks)

    def __getitem__(self, i):
        return self.images[i].unsqueeze(0), self.masks[i]


class FCN(nn.Module):
    def __init__(self, n_classes):
        super().__init__()
        self.block1 = nn.Sequential(nn.Conv2d(1, 12, 5, padding=2), nn.ReLU())
        self.block2 = nn.Sequential(nn.Conv2d(12, 12, 5, padding=2), nn.ReLU())
        self.head = nn.Conv2d(12, n_classes, 1)

    def forward(self, x):
        x = self.block2(self.block1(x))
        logits = self.head(x)
        return logits


def pixel_accuracy(output, mask):
    return (output.argmax(dim=1) == mask).float().mean().item()


def main():
    torch.manual_seed(0)
    loader = DataLoader(Shapes(), batch_size=6, shuffle=True)
    model = FCN(n_classes=3)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    for epoch in range(5):
        for image, mask in loader:
            optimizer.zero_grad()
            output = model(image)
            loss = criterion(output, mask)
            loss.backward()
            optimizer.step()
        print(f"epoch {epoch} loss {loss.item():.4f} pixels {pixel_accuracy(output, mask):.3f}")


if __name__ == "__main__":
    main()
