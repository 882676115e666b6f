import torch
from torch import nn, optim


class Tagger(nn.Module):
    def __init__(self, words=30, tags=4):
        super().__init__()
        self.embed = nn.Embedding(words, 12)
        self.rnn = nn.GRU(12, 16, batch_first=True)
        self.out = nn.Linear(16, tags)

    def loss(self, sentence, tags):
        states, _ = self.rnn(self.embed(sentence))
        return nn.functional.cross_entropy(self.out(states).flatten(0, 1), tags.flatten())


def compute_gradients(tagger, sentence, tags):
    loss = tagger.loss(sentence, tags)
    loss.backward()
    return loss.item()


torch.manual_seed(5)
corpus = [torch.randint(0, 30, (8, 7)) for _ in range(10)]
tagger = Tagger()
optimizer = optim.Adagrad(tagger.parameters(), lr=0.05)
for epoch in range(3):
    seen = 0.0
    for sentence in corpus:
        tagger.zero_grad()
        seen += compute_gradients(tagger, sentence, sentence % 4)
        optimizer.step()
    print(epoch, seen / len(corpus))
