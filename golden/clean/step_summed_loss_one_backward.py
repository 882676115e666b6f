import torch
import torch.nn as nn

torch.manual_seed(1)


class Tagger(nn.Module):
    def __init__(self, n_in=6, n_hidden=16, n_tags=3):
        super().__init__()
        self.cell = nn.LSTMCell(n_in, n_hidden)
        self.tags = nn.Linear(n_hidden, n_tags)

    def forward(self, x, state=None):
        h, c = self.cell(x, state)
        return self.tags(h), (h, c)


frames = torch.randn(64, 7, 6)
tags = frames[:, :, :3].argmax(-1)
model = Tagger()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
criterion = nn.CrossEntropyLoss()

for epoch in range(15):
    loss = 0
    state = None
    for t in range(frames.size(1)):
        scores, state = model(frames[:, t], state)
        loss += criterion(scores, tags[:, t])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if (epoch + 1) % 5 == 0:
        print(f'epoch {epoch + 1}: {loss.item() / frames.size(1):.3f}')
