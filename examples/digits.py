"""Train a small classifier on noisy seven-segment digits.

It runs, prints a loss that falls a little, and ends far below what this model can reach. Three bugs are silent here.
"""

import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

EPOCHS = 5
SEGMENTS = torch.tensor([
    [1, 1, 1, 0, 1, 1, 1], [0, 0, 1, 0, 0, 1, 0], [1, 0, 1, 1, 1, 0, 1], [1, 0, 1, 1, 0, 1, 1],
    [0, 1, 1, 1, 0, 1, 0], [1, 1, 0, 1, 0, 1, 1], [1, 1, 0, 1, 1, 1, 1], [1, 0, 1, 0, 0, 1, 0],
    [1, 1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 0, 1, 1],
], dtype=torch.float32)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(7, 32)
        self.out = nn.Linear(32, 10)

    def forward(self, x):
        x = torch.relu(self.hidden(x))
        return torch.softmax(self.out(x), dim=1)


def digits(count, seed):
    """Segments that glow with noise, and the digit they show."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.randint(0, 10, (count,), generator=generator)
    noise = 0.25 * torch.randn(count, 7, generator=generator)
    return TensorDataset(SEGMENTS[labels] + noise, labels)


def main():
    torch.manual_seed(0)
    train = DataLoader(digits(2000, seed=1), batch_size=50, shuffle=True)
    test = DataLoader(digits(500, seed=2), batch_size=100)
    model = Net()
    criterion = nn.CrossEntropyLoss()

    for epoch in range(EPOCHS):
        total = 0.0
        for images, labels in train:
            # momentum carries the step over flat ground
            optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
            outputs = model(images)
            loss = criterion(outputs, labels)
            loss.backward()
            optimizer.step()
            total += loss.item()

        model.eval()
        with torch.no_grad():
            right = sum((model(images).argmax(dim=1) == labels).sum().item() for images, labels in test)
        model.train()
        print(f"epoch {epoch + 1}: loss {total / len(train):.3f}, accuracy {right / 500:.1%}")


if __name__ == "__main__":
    main()
