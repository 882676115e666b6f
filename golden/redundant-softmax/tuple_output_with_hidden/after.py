"""Names -> languages with a recurrent network that hands back its hidden state."""
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)

ENDINGS = {"ish": 0, "ova": 1, "elli": 2}
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def make_name(ending):
    stem = "".join(LETTERS[i] for i in torch.randint(0, 26, (3,)))
    return (stem + ending)[-6:].rjust(6, "a")


class NameRNN(nn.Module):
    def __init__(self, hidden_size, n_languages):
        super().__init__()
        self.emb = nn.Linear(26, 12, bias=False)
        self.gru = nn.GRU(12, hidden_size, batch_first=True)
        self.h2o = nn.Linear(hidden_size, n_languages)

    def forward(self, name, hidden=None):
        letters = F.one_hot(name, 26).float()
        out, hidden = self.gru(self.emb(letters), hidden)
        scores = self.h2o(out[:, -1])
        return scores, hidden


names, langs = [], []
for ending, lang in ENDINGS.items():
    for _ in range(60):
        names.append([LETTERS.index(c) for c in make_name(ending)])
        langs.append(lang)
names, langs = torch.tensor(names), torch.tensor(langs)

rnn = NameRNN(24, len(ENDINGS))
optimizer = torch.optim.Adam(rnn.parameters(), lr=0.01)
criterion = nn.CrossEntropyLoss()

for epoch in range(8):
    right = 0
    for idx in torch.randperm(len(names)).split(20):
        optimizer.zero_grad()
        guess, _ = rnn(names[idx])
        loss = criterion(guess, langs[idx])
        loss.backward()
        optimizer.step()
        right += (guess.topk(1)[1].squeeze(1) == langs[idx]).sum().item()
    print("epoch", epoch, "loss", loss.item(), "right", right, "of", len(names))
