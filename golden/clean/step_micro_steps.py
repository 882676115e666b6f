# nano language model: each update sees `micro_steps` random blocks
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(1337)
text = 'the quick brown fox jumps over the lazy dog. ' * 20
chars = sorted(set(text))
data = torch.tensor([chars.index(c) for c in text])
block, batch, micro_steps = 8, 4, 4


def get_batch():
    ix = torch.randint(len(data) - block - 1, (batch,))
    x = torch.stack([data[i:i + block] for i in ix])
    y = torch.stack([data[i + 1:i + block + 1] for i in ix])
    return x, y


class CharModel(nn.Module):
    def __init__(self, vocab, dim=32):
        super().__init__()
        self.emb = nn.Embedding(vocab, dim)
        self.gru = nn.GRU(dim, dim, batch_first=True)
        self.head = nn.Linear(dim, vocab)

    def forward(self, idx, targets):
        h, _ = self.gru(self.emb(idx))
        logits = self.head(h)
        return logits, F.cross_entropy(logits.view(-1, logits.size(-1)), targets.view(-1))


model = CharModel(len(chars))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)

for it in range(40):
    for micro_step in range(micro_steps):
        X, Y = get_batch()
        logits, loss = model(X, Y)
        loss = loss / micro_steps
        loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    if it % 10 == 0:
        print(f"iter {it}: loss {loss.item() * micro_steps:.3f}")
