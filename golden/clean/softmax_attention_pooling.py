"""Sentence classifier with additive attention over the tokens."""
import argparse

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class AttentionClassifier(nn.Module):
    def __init__(self, vocab, dim, classes):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.score = nn.Linear(dim, 1)
        self.softmax = nn.Softmax(dim=1)
        self.out = nn.Linear(dim, classes)

    def forward(self, tokens):
        h = self.embed(tokens)                 # [batch, time, dim]
        weights = self.softmax(self.score(h))  # attention, not the output
        pooled = (weights * h).sum(dim=1)
        return self.out(pooled)


def make_data(n=256, vocab=40, time=7, classes=4):
    y = torch.randint(0, classes, (n,))
    x = torch.randint(classes, vocab, (n, time))
    x[torch.arange(n), torch.randint(0, time, (n,))] = y
    return TensorDataset(x, y)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--lr", type=float, default=0.02)
    args = parser.parse_args()

    torch.manual_seed(1)
    loader = DataLoader(make_data(), batch_size=args.batch_size, shuffle=True)
    model = AttentionClassifier(vocab=40, dim=16, classes=4)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)

    for epoch in range(args.epochs):
        correct = total = 0
        for tokens, target in loader:
            logits = model(tokens)
            loss = criterion(logits, target)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            correct += (logits.argmax(dim=1) == target).sum().item()
            total += target.numel()
        print("epoch", epoch, "loss", round(loss.item(), 4), "acc", correct / total)


if __name__ == "__main__":
    main()
