import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)

VOCAB, TAGS, LENGTH = 25, 5, 8


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.word_embeddings = nn.Embedding(VOCAB, 16)
        self.lstm = nn.LSTM(16, 20, batch_first=True, bidirectional=True)
        self.hidden2tag = nn.Linear(40, TAGS)

    def forward(self, sentence):
        embeds = self.word_embeddings(sentence)
        lstm_out, _ = self.lstm(embeds)
        tag_space = self.hidden2tag(F.relu(lstm_out))
        return tag_space


sentences = torch.randint(0, VOCAB, (200, LENGTH))
# the tag of a word depends on the word and on the one before it
tags = (sentences + sentences.roll(1, dims=1)) % 2 + 2 * (sentences % 2)
tagger = Tagger()
loss_function = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(tagger.parameters(), lr=0.02)

for epoch in range(8):
    for i in range(0, len(sentences), 20):
        tagger.zero_grad()
        scores = tagger(sentences[i:i + 20])
        loss = loss_function(scores.view(-1, TAGS), tags[i:i + 20].view(-1))
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        found = tagger(sentences).argmax(dim=2)
    print(epoch, loss.item(), (found == tags).float().mean().item())
