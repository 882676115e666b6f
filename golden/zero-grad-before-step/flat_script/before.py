import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
points = torch.randn(200, 2)
inside = (points.norm(dim=1) < 1.1).long()
loader = DataLoader(TensorDataset(points, inside), batch_size=25, shuffle=True)

model = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 2))
criterion = nn.CrossEntropyLoss()
optimizer = optim.Adam(model.parameters(), lr=0.02)

for epoch in range(3):
    running = 0.0
    for batch, (x, y) in enumerate(loader):
        out = model(x)
        loss = criterion(out, y)
        loss.backward()
        # start the next step from zero
        optimizer.zero_grad()
        optimizer.step()
        running += loss.item()
    print('epoch', epoch, 'loss', running / (batch + 1))
