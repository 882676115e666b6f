import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
labels = torch.randint(0, 5, (500,))
features = torch.randn(5, 16)[labels] + 1.5 * torch.randn(500, 16)
train_loader = DataLoader(TensorDataset(features, labels), batch_size=50, shuffle=True)

model = nn.Sequential(nn.Linear(16, 32), nn.ReLU(), nn.Linear(32, 5))
criterion = nn.CrossEntropyLoss()

# Adam works well here
optimizer = optim.Adam(model.parameters(), lr=3e-2)
for epoch in range(6):
    total = 0.0
    for i, (inputs, targets) in enumerate(train_loader):
        optimizer.zero_grad()

        outputs = model(inputs)
        loss = criterion(outputs, targets)
        loss.backward()
        optimizer.step()
        total += loss.item()
    print("epoch %d, loss %.4f" % (epoch + 1, total / len(train_loader)))
