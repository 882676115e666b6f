"""The model normalises its loss by the number of items in the whole window."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

PAD = -100


class Tagger(nn.Module):
    def __init__(self, vocab=20, dim=16, tags=4):
        super().__init__()
        self.emb = nn.Embedding(vocab, dim)
        self.out = nn.Linear(dim, tags)

    def forward(self, tokens, labels, num_items):
        logits = self.out(self.emb(tokens))
        loss = F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=PAD, reduction="sum")
        return loss / num_items


def main(k=4, epochs=4):
    torch.manual_seed(0)
    tokens = torch.randint(0, 20, (160, 9))
    labels = tokens % 4
    labels[torch.rand(labels.shape) < 0.3] = PAD
    loader = DataLoader(TensorDataset(tokens, labels), batch_size=8, shuffle=True)

    model = Tagger()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.03)
    for epoch in range(epochs):
        batches = iter(loader)
        for _ in range(len(loader) // k):
            window = [next(batches) for _ in range(k)]
            num_items = sum((lab != PAD).sum() for _, lab in window)
            optimizer.zero_grad()
            window_loss = 0.0
            for tok, lab in window:
                loss = model(tok, lab, num_items)
                loss.backward()
                window_loss += loss.item()
            optimizer.step()
        print("epoch", epoch, "loss per token", window_loss)


if __name__ == "__main__":
    main()
