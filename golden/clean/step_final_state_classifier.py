# The loop runs over characters; only the state after the last one is classified.
import torch
import torch.nn as nn


class RNN(nn.Module):
    def __init__(self, n_letters, n_hidden, n_out):
        super().__init__()
        self.n_hidden = n_hidden
        self.i2h = nn.Linear(n_letters + n_hidden, n_hidden)
        self.h2o = nn.Linear(n_hidden, n_out)

    def forward(self, letter, hidden):
        hidden = torch.tanh(self.i2h(torch.cat((letter, hidden), 1)))
        return self.h2o(hidden), hidden


LETTERS = 'abcdefgh'
WORDS = [('abcab', 0), ('cabba', 0), ('fgheh', 1), ('hefgg', 1), ('adhbe', 2), ('hbega', 2)]


def encode(word):
    return nn.functional.one_hot(torch.tensor([LETTERS.index(c) for c in word]), len(LETTERS)).float().unsqueeze(1)


torch.manual_seed(0)
rnn = RNN(len(LETTERS), 16, 3)
optimizer = torch.optim.SGD(rnn.parameters(), lr=0.1)
criterion = nn.CrossEntropyLoss()


def train(word, category):
    hidden = torch.zeros(1, rnn.n_hidden)
    line = encode(word)
    for i in range(line.size(0)):
        output, hidden = rnn(line[i], hidden)
    loss = criterion(output, torch.tensor([category]))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


for it in range(60):
    last = train(*WORDS[it % len(WORDS)])
    if it % 20 == 19:
        print(it + 1, last)
