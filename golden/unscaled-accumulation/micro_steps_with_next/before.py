"""A tiny character model, trained for a number of steps with micro-batches."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(1337)

max_steps = 30
gradient_accumulation_steps = 4
context = 6

source = "one two three one two three four " * 12
vocab = sorted(set(source))
ids = torch.tensor([vocab.index(c) for c in source])
windows = ids.unfold(0, context + 1, 1)
loader = DataLoader(TensorDataset(windows[:, :-1], windows[:, 1:]), batch_size=8, shuffle=True, drop_last=True)


def forever(loader):
    while True:
        yield from loader


class TinyLM(nn.Module):
    def __init__(self, size, dim=24):
        super().__init__()
        self.tok = nn.Embedding(size, dim)
        self.rnn = nn.GRU(dim, dim, batch_first=True)
        self.head = nn.Linear(dim, size)

    def forward(self, x):
        h, _ = self.rnn(self.tok(x))
        return self.head(h)


model = TinyLM(len(vocab))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.1)
batches = forever(loader)

for step in range(max_steps):
    optimizer.zero_grad(set_to_none=True)
    lossf = 0.0
    for _ in range(gradient_accumulation_steps):
        x, y = next(batches)
        logits = model(x)
        loss = F.cross_entropy(logits.view(-1, logits.size(-1)), y.reshape(-1))
        lossf += loss.item()
        loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    if step % 10 == 0:
        print(f"step {step}: loss {lossf / gradient_accumulation_steps:.4f}")
