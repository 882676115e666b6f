"""The probabilities are needed for the running confidence; the loss wants the logits."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


def build(seed=0):
    torch.manual_seed(seed)
    y = torch.randint(0, 4, (256,))
    x = torch.randn(256, 8) + 2 * F.one_hot(y, 8)
    return DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)


def main():
    loader = build()
    model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 4))
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

    for epoch in range(6):
        confidence = 0.0
        for x, y in loader:
            logits = model(x)
            probs = F.softmax(logits, dim=1)
            loss = criterion(logits, y)

            optimizer.zero_grad()
            loss.backward()
            optimizer.step()

            confidence += probs.max(dim=1).values.sum().item()
        print(f"epoch {epoch} loss {loss.item():.4f} confidence {confidence / 256:.3f}")


if __name__ == "__main__":
    main()
