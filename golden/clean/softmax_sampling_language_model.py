# Character-level model. Softmax appears only where text is sampled.
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)

text = "the cat sat on the mat and the dog sat on the log " * 8
chars = sorted(set(text))
stoi = {c: i for i, c in enumerate(chars)}
data = torch.tensor([stoi[c] for c in text])
block = 16


class CharRNN(nn.Module):
    def __init__(self, vocab_size, hidden=32):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, hidden)
        self.rnn = nn.GRU(hidden, hidden, batch_first=True)
        self.head = nn.Linear(hidden, vocab_size)

    def forward(self, idx, h=None):
        out, h = self.rnn(self.emb(idx), h)
        return self.head(out), h


def get_batch(batch_size=16):
    ix = torch.randint(len(data) - block - 1, (batch_size,))
    x = torch.stack([data[i:i + block] for i in ix])
    y = torch.stack([data[i + 1:i + 1 + block] for i in ix])
    return x, y


@torch.no_grad()
def generate(model, start, length, temperature=0.8):
    idx, h, out = torch.tensor([[stoi[start]]]), None, start
    for _ in range(length):
        logits, h = model(idx, h)
        probs = F.softmax(logits[:, -1, :] / temperature, dim=-1)
        idx = torch.multinomial(probs, num_samples=1)
        out += chars[idx.item()]
    return out


model = CharRNN(len(chars))
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
for step in range(60):
    xb, yb = get_batch()
    logits, _ = model(xb)
    loss = F.cross_entropy(logits.view(-1, logits.size(-1)), yb.view(-1))
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    if step % 20 == 0:
        print(step, loss.item())
print(generate(model, "t", 30))
