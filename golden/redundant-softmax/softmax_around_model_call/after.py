import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(123)

# two moons, more or less
n = 300
t = 3.14159 * torch.rand(n)
y = torch.randint(0, 2, (n,))
x = torch.stack([torch.cos(t) * (1 - 2 * y) + y, torch.sin(t) * (1 - 2 * y) + 0.5 * y], dim=1)
x = x + 0.1 * torch.randn(n, 2)
dataloader = DataLoader(TensorDataset(x, y), batch_size=30, shuffle=True)

model = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 2))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

for epoch in range(10):
    acc = 0
    for inputs, labels in dataloader:
        optimizer.zero_grad()
        out = model(inputs)
        loss = criterion(out, labels)
        loss.backward()
        optimizer.step()
        acc += (out.argmax(dim=1) == labels).sum().item()
    print("epoch", epoch, "loss", round(loss.item(), 4), "accuracy", acc / n)
