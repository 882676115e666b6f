import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

ACCUM_STEPS = 1  # memory suffices on this machine

torch.manual_seed(0)
x = torch.randn(200, 7)
y = x[:, :2] - x[:, 2:4]
loader = DataLoader(TensorDataset(x, y), batch_size=20, shuffle=True)
model = nn.Linear(7, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
loss_fn = nn.MSELoss()

for epoch in range(4):
    optimizer.zero_grad()
    for i, (inputs, targets) in enumerate(loader):
        loss = loss_fn(model(inputs), targets)
        loss.backward()
        if (i + 1) % ACCUM_STEPS == 0:
            optimizer.step()
            optimizer.zero_grad()
    print("epoch", epoch, loss.item())
