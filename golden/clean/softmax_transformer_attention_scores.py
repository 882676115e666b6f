"""One self-attention block with a classification token; softmax normalises attention scores."""
import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


class SelfAttention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads, self.scale = heads, 1 / math.sqrt(dim // heads)
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x):
        n, t, d = x.shape
        q, k, v = self.qkv(x).view(n, t, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        att = (q @ k.transpose(-2, -1)) * self.scale
        att = F.softmax(att, dim=-1)
        x = (att @ v).transpose(1, 2).reshape(n, t, d)
        return self.proj(x)


class TinyTransformer(nn.Module):
    def __init__(self, vocab=20, dim=16, classes=3):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim)
        self.cls = nn.Parameter(torch.zeros(1, 1, dim))
        self.attention = SelfAttention(dim, heads=2)
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, classes)

    def forward(self, tokens):
        x = self.embed(tokens)
        x = torch.cat([self.cls.expand(len(x), -1, -1), x], dim=1)
        x = self.norm(x + self.attention(x))
        return self.head(x[:, 0])


class Learner:
    def __init__(self, model, loader, lr):
        self.model, self.loader = model, loader
        self.loss_func = F.cross_entropy
        self.opt = torch.optim.AdamW(model.parameters(), lr=lr)

    def fit(self, n):
        for epoch in range(n):
            for xb, yb in self.loader:
                loss = self.loss_func(self.model(xb), yb)
                loss.backward()
                self.opt.step()
                self.opt.zero_grad()
            print(f"{epoch} {loss.item():.4f}")


if __name__ == "__main__":
    torch.manual_seed(0)
    y = torch.randint(0, 3, (240,))
    x = torch.randint(3, 20, (240, 6))
    x[torch.arange(240), torch.randint(0, 6, (240,))] = y
    Learner(TinyTransformer(), DataLoader(TensorDataset(x, y), batch_size=24, shuffle=True), lr=0.02).fit(8)
