import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

# Windows of one long signal, in the order of time; the state is carried on.
torch.manual_seed(0)
signal = torch.cat([torch.linspace(0, 6, 120).sin(), torch.linspace(0, 3, 80).cos()])
windows = signal.unfold(0, 6, 5)
loader = DataLoader(TensorDataset(windows[:, :5], windows[:, 5:]), batch_size=10)
model = nn.Linear(5, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
for epoch in range(2):
    for x, y in loader:
        loss = nn.functional.mse_loss(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(loss.item())
