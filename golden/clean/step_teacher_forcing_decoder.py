import random

import torch
import torch.nn as nn

random.seed(0)
torch.manual_seed(0)
SOS, VOCAB, LENGTH = 0, 10, 4


class Copier(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb = nn.Embedding(VOCAB, 24)
        self.enc = nn.GRU(24, 24, batch_first=True)
        self.dec = nn.GRUCell(24, 24)
        self.out = nn.Linear(24, VOCAB)


net = Copier()
optim = torch.optim.Adam(net.parameters(), lr=0.01)
criterion = nn.CrossEntropyLoss()

for iteration in range(50):
    words = torch.randint(1, VOCAB, (32, LENGTH))
    optim.zero_grad()
    loss = 0
    hidden = net.enc(net.emb(words))[1][0]
    token = torch.full((32,), SOS)
    teacher = random.random() < 0.5
    for di in range(LENGTH):
        hidden = net.dec(net.emb(token), hidden)
        scores = net.out(hidden)
        loss += criterion(scores, words[:, di])
        token = words[:, di] if teacher else scores.argmax(1).detach()
    loss.backward()
    optim.step()
    if iteration % 10 == 0:
        print(iteration, loss.item() / LENGTH)
