# Gradients of the micro-batches are summed on purpose: the learning rate below is
# already divided by their number.
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(4)

accum_steps = 8
base_lr = 0.4

w_true = torch.randn(12, 1)
inputs = torch.randn(512, 12)
outputs = inputs @ w_true + 0.05 * torch.randn(512, 1)
loader = DataLoader(TensorDataset(inputs, outputs), batch_size=8, shuffle=True)

model = nn.Linear(12, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=base_lr / accum_steps)
mse = nn.MSELoss()

for epoch in range(3):
    total = 0.0
    optimizer.zero_grad()
    for i, (x, y) in enumerate(loader):
        loss = mse(model(x), y)
        loss.backward()
        total += loss.item()
        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()
    print("epoch", epoch, "mse", total / len(loader))
