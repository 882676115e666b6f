"""States that go on from batch to batch and are cut somewhere: by a helper, in place, by the module, or by no batch."""
import torch
from torch import nn


def repackage(state):
    """Language models have had this function for years."""
    if isinstance(state, torch.Tensor):
        return state.detach()
    return tuple(repackage(part) for part in state)


class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.LSTM(3, 5, batch_first=True)
        self.state = None

    def forward(self, x):
        out, state = self.inner(x, self.state)
        self.state = tuple(part.data for part in state)
        return out


torch.manual_seed(0)
signal = torch.randn(4, 60, 3)
recurrent, own, head = nn.LSTM(3, 5, batch_first=True), Own(), nn.Linear(5, 3)
optimizer = torch.optim.Adam([*recurrent.parameters(), *own.parameters(), *head.parameters()], lr=0.01)


def update(out, wanted):
    loss = (head(out) - wanted).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


state = None
for start in range(0, 50, 10):
    x, wanted = signal[:, start:start + 10], signal[:, start + 1:start + 11]
    out, state = recurrent(x, state)
    print(update(out, wanted), update(own(x), wanted))
    state = repackage(state)

h, c = torch.zeros(1, 4, 5), torch.zeros(1, 4, 5)
for start in range(0, 50, 10):
    x, wanted = signal[:, start:start + 10], signal[:, start + 1:start + 11]
    h, c = h.detach(), c.detach()
    out, (h, c) = recurrent(x, (h, c))
    update(out, wanted)

state = (torch.zeros(1, 4, 5), torch.zeros(1, 4, 5))
for start in range(0, 50, 10):
    state = [part.clone().detach() for part in state]
    out, state = recurrent(signal[:, start:start + 10], tuple(state))
    update(out, signal[:, start + 1:start + 11])

# one backward for several windows, and a look at the future without gradients
state, losses = None, []
for start in range(0, 40, 10):
    out, state = recurrent(signal[:, start:start + 10], state)
    losses.append((head(out) - signal[:, start + 1:start + 11]).pow(2).mean())
optimizer.zero_grad()
sum(losses).backward()
optimizer.step()
with torch.no_grad():
    for start in range(40, 60, 10):
        out, state = recurrent(signal[:, start:start + 10], state)
print(out.mean().item())
