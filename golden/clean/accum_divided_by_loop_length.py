import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.linspace(-2, 2, 240).unsqueeze(1)
loader = DataLoader(TensorDataset(x, x.abs()), batch_size=40, shuffle=True)
net = nn.Sequential(nn.Linear(1, 24), nn.ReLU(), nn.Linear(24, 1))
opt = torch.optim.Adam(net.parameters(), lr=0.02)
criterion = nn.MSELoss()
num_batches = len(loader)

# full-batch descent, one pass over the loader per update
for epoch in range(40):
    opt.zero_grad()
    for inputs, targets in loader:
        loss = criterion(net(inputs), targets) / num_batches
        loss.backward()
    opt.step()
    if epoch % 10 == 0:
        print(epoch, loss.item() * num_batches)
