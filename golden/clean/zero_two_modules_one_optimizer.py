# seq2seq style: encoder and decoder share one optimizer but are zeroed one by one
import torch
from torch import nn

torch.manual_seed(2)


class Encoder(nn.Module):
    def __init__(self, vocab, dim):
        super().__init__()
        self.emb = nn.Embedding(vocab, dim)
        self.rnn = nn.GRU(dim, dim, batch_first=True)

    def forward(self, tokens):
        return self.rnn(self.emb(tokens))[1]


class Decoder(nn.Module):
    def __init__(self, vocab, dim):
        super().__init__()
        self.emb = nn.Embedding(vocab, dim)
        self.rnn = nn.GRU(dim, dim, batch_first=True)
        self.out = nn.Linear(dim, vocab)

    def forward(self, tokens, state):
        h, _ = self.rnn(self.emb(tokens), state)
        return self.out(h)


VOCAB = 12
source = torch.randint(1, VOCAB, (128, 5))
shifted = torch.cat([torch.zeros(128, 1, dtype=torch.long), source[:, :-1]], dim=1)

encoder, decoder = Encoder(VOCAB, 24), Decoder(VOCAB, 24)
params = list(encoder.parameters()) + list(decoder.parameters())
optimizer = torch.optim.Adam(params, lr=5e-3)
criterion = nn.CrossEntropyLoss()

for epoch in range(4):
    for b in range(0, 128, 32):
        encoder.zero_grad()
        decoder.zero_grad()

        logits = decoder(shifted[b:b + 32], encoder(source[b:b + 32]))
        loss = criterion(logits.reshape(-1, VOCAB), source[b:b + 32].reshape(-1))
        loss.backward()
        optimizer.step()
    print('epoch', epoch, 'loss', loss.item())
