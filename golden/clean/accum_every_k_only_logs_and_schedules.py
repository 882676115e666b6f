import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(9)

x = torch.randn(400, 5)
y = (x[:, 0] * x[:, 1] > 0).long()
loader = DataLoader(TensorDataset(x, y), batch_size=20, shuffle=True)

model = nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=5, gamma=0.9)
criterion = nn.CrossEntropyLoss()
log_every = 4

for epoch in range(5):
    running = 0.0
    for i, (inputs, labels) in enumerate(loader):
        optimizer.zero_grad()
        loss = criterion(model(inputs), labels)
        loss.backward()
        optimizer.step()
        running += loss.item()
        # every few batches: print and lower the learning rate, nothing else
        if (i + 1) % log_every == 0:
            scheduler.step()
            print(f"[{epoch + 1}, {i + 1:3d}] loss: {running / log_every:.3f}")
            running = 0.0
