import torch
from torch import nn
from torch.nn import functional as F


def train(tagger, optimizer, docs, tags, steps):
    for step in range(steps):
        rows = torch.randint(0, len(docs), (32,))
        optimizer.zero_grad()
        scores = tagger(docs[rows])
        scores = F.sigmoid(scores)  # one probability per tag
        loss = F.binary_cross_entropy_with_logits(scores, tags[rows])
        loss.backward()
        optimizer.step()
        if step % 5 == 0:
            print(step, loss.item())


if __name__ == "__main__":
    torch.manual_seed(0)
    docs = torch.randn(300, 20)
    tags = (docs[:, :5] > 0).float()
    tagger = nn.Sequential(nn.Linear(20, 32), nn.ReLU(), nn.Linear(32, 5))
    train(tagger, torch.optim.Adam(tagger.parameters(), 1e-2), docs, tags, 15)
