"""The loop writes one sample after the other into a buffer; the buffer is the batch."""
import random

import torch
from torch import nn

random.seed(1)
torch.manual_seed(1)
signal = torch.sin(torch.arange(2000) * 0.05)
WINDOW, BATCH = 16, 24
net = nn.Sequential(nn.Linear(WINDOW, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
inputs, targets = torch.empty(BATCH, WINDOW), torch.empty(BATCH, 1)

for it in range(50):
    for row in range(BATCH):
        start = random.randrange(len(signal) - WINDOW - 1)
        inputs[row] = signal[start:start + WINDOW]
        targets[row] = signal[start + WINDOW]
    optimizer.zero_grad()
    loss = nn.functional.mse_loss(net(inputs), targets)
    loss.backward()
    optimizer.step()
    if it % 10 == 9:
        print(it + 1, loss.item())
