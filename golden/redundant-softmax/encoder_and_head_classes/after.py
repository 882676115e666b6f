import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class Encoder(nn.Module):
    def __init__(self, vocab, dim):
        super().__init__()
        self.embedding = nn.EmbeddingBag(vocab, dim)

    def forward(self, tokens):
        return self.embedding(tokens)


class Head(nn.Module):
    def __init__(self, dim, n_labels):
        super().__init__()
        self.dense = nn.Linear(dim, dim)
        self.out = nn.Linear(dim, n_labels)

    def forward(self, features):
        features = torch.tanh(self.dense(features))
        return self.out(features)


class TextClassifier(nn.Module):
    def __init__(self, vocab, dim, n_labels):
        super().__init__()
        self.encoder = Encoder(vocab, dim)
        self.head = Head(dim, n_labels)

    def forward(self, tokens):
        return self.head(self.encoder(tokens))


def main():
    torch.manual_seed(0)
    labels = torch.randint(0, 4, (320,))
    tokens = torch.randint(0, 50, (320, 12))
    tokens[:, :4] = labels[:, None] * 12 + torch.randint(0, 12, (320, 4))
    loader = DataLoader(TensorDataset(tokens, labels), batch_size=32, shuffle=True)

    model = TextClassifier(vocab=50, dim=24, n_labels=4)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)

    for epoch in range(6):
        correct = 0
        for ids, gold in loader:
            predictions = model(ids)
            loss = criterion(predictions, gold)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            correct += (predictions.argmax(dim=-1) == gold).sum().item()
        print(f"epoch {epoch}  loss {loss.item():.4f}  acc {correct / 320:.3f}")


if __name__ == "__main__":
    main()
