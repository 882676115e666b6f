import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
accumulation_steps = 4
x = torch.randn(480, 6)
y = x[:, :3].sum(1, keepdim=True).sin()
loader = DataLoader(TensorDataset(x, y), batch_size=10, shuffle=True)
model = nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = optim.SGD(model.parameters(), lr=0.1)

for epoch in range(4):
    total = 0.0
    for i, (inp, tgt) in enumerate(loader):
        pred = model(inp)
        loss = nn.functional.mse_loss(pred, tgt) / accumulation_steps
        loss.backward()
        total += loss.item() * accumulation_steps

        # update only every few batches
        if (i + 1) % accumulation_steps == 0:
            optimizer.step()
    print('epoch', epoch, 'loss', total / len(loader))
