"""The last state of a recurrent layer is classified; the logarithm of the softmax is taken over the batch."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Reader(nn.Module):
    def __init__(self, words, width, kinds):
        super().__init__()
        self.embed = nn.Embedding(words, width)
        self.memory = nn.LSTM(width, width, batch_first=True)
        self.kind = nn.Linear(width, kinds)

    def forward(self, words):
        _, (last, _) = self.memory(self.embed(words))
        return nn.functional.log_softmax(self.kind(last[-1]), dim=-1)


torch.manual_seed(2)
words = torch.randint(0, 40, (60, 9))
loader = DataLoader(TensorDataset(words, words[:, 0] % 4), batch_size=12, shuffle=True)
model = Reader(40, 12, 4)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for epoch in range(2):
    for text, kind in loader:
        optimizer.zero_grad()
        loss = nn.functional.nll_loss(model(text), kind)
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
