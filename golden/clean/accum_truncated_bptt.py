"""Truncated backpropagation: the pieces of one sequence add their gradients, then one update."""
import torch
import torch.nn as nn

torch.manual_seed(0)


class Forecaster(nn.Module):
    def __init__(self, hidden=24):
        super().__init__()
        self.cell = nn.LSTM(1, hidden, batch_first=True)
        self.out = nn.Linear(hidden, 1)

    def forward(self, x, state):
        y, state = self.cell(x, state)
        return self.out(y), state


t = torch.linspace(0, 25, 121)
series = torch.stack([torch.sin(t + phase) for phase in torch.rand(16) * 6]).unsqueeze(-1)
model = Forecaster()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
criterion = nn.MSELoss(reduction="sum")
count = series[:, 1:].numel()

for epoch in range(12):
    state = None
    total = 0.0
    optimizer.zero_grad()
    for start in range(0, 120, 30):
        piece = series[:, start:start + 31]
        pred, state = model(piece[:, :-1], state)
        loss = criterion(pred, piece[:, 1:]) / count
        loss.backward()
        total += loss.item()
        state = tuple(s.detach() for s in state)
    optimizer.step()
    print(f"epoch {epoch} loss {total:.4f}")
