import torch
from torch import nn
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(96, 6)
y = x.sum(1, keepdim=True)
loader = DataLoader(TensorDataset(x, y), batch_size=16, shuffle=True)
encoder, decoder = nn.Linear(6, 8), nn.Linear(8, 1)
optimizers = [torch.optim.SGD(encoder.parameters(), lr=0.05), torch.optim.SGD(decoder.parameters(), lr=0.02)]
schedulers = [StepLR(optimizer, step_size=2, gamma=0.5) for optimizer in optimizers]

for epoch in range(4):
    for xb, yb in loader:
        for optimizer in optimizers:
            optimizer.zero_grad()
        loss = nn.functional.mse_loss(decoder(torch.tanh(encoder(xb))), yb)
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
    print(epoch, loss.item())
    for scheduler in schedulers:
        scheduler.step()
