"""The end of an encoder is put together anew for each input, as wide as that is."""
import torch
from torch import nn


class Twin(nn.Module):
    def __init__(self):
        super().__init__()
        self.filters = nn.Conv1d(1, 3, 3)

    def code(self, x):
        flat = self.filters(x).relu().flatten(1)
        end = nn.Sequential(nn.Linear(flat.shape[1], 16), nn.ReLU(), nn.Linear(16, 4))
        return end(flat)

    def forward(self, a, b):
        return (self.code(a) - self.code(b)).norm(dim=1)


torch.manual_seed(0)
twin = Twin()
optimizer = torch.optim.SGD(twin.parameters(), lr=0.05)
signals = torch.randn(40, 2, 1, 12)
for pair in torch.utils.data.DataLoader(signals, batch_size=10, shuffle=True):
    optimizer.zero_grad()
    loss = twin(pair[:, 0], pair[:, 1]).mean()
    loss.backward()
    optimizer.step()
    print(loss.item())
