"""A forecaster with one output, on windows that are stacked; each label is a single number."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def cut(signal, length):
    inputs, following = [], []
    for start in range(len(signal) - length):
        inputs.append(signal[start:start + length].unsqueeze(1))
        following.append(signal[start + length])
    return torch.stack(inputs), torch.stack(following)


class Forecast(nn.Module):
    def __init__(self, width, outputs=1):
        super().__init__()
        self.memory = nn.GRU(1, width, batch_first=True)
        self.read = nn.Linear(width, outputs)

    def forward(self, x):
        seen, _ = self.memory(x)
        return self.read(seen[:, -1, :])


torch.manual_seed(4)
inputs, following = cut(torch.linspace(0, 20, 90).sin(), 10)
loader = DataLoader(TensorDataset(inputs, following), batch_size=20, shuffle=True)
model = Forecast(8)
loss_fn = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for epoch in range(3):
    for window, value in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(window), value.unsqueeze(1))
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
