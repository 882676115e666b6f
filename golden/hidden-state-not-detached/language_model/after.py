"""A small language model: the state of one window is the start of the next, and the graph is kept for it."""
import torch
from torch import nn


class Words(nn.Module):
    def __init__(self, count, width):
        super().__init__()
        self.embed = nn.Embedding(count, width)
        self.memory = nn.LSTM(width, width)
        self.score = nn.Linear(width, count)

    def forward(self, words, state):
        seen, state = self.memory(self.embed(words), state)
        return self.score(seen), state


torch.manual_seed(0)
text = torch.randint(0, 20, (41, 4))
model = Words(20, 8)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)


def train(epochs):
    for epoch in range(epochs):
        state = (torch.zeros(1, 4, 8), torch.zeros(1, 4, 8))
        for start in range(0, 40, 10):
            state = tuple(s.detach() for s in state)
            words, following = text[start:start + 10], text[start + 1:start + 11]
            scores, state = model(words, state)
            loss = criterion(scores.view(-1, 20), following.reshape(-1))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(epoch, loss.item())


try:
    train(2)
except RuntimeError as error:  # the weights have changed since the first window
    print(str(error).split(":")[0])
