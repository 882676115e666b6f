import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)

features = torch.randn(320, 16)
targets = torch.tanh(features @ torch.randn(16, 2))
train_loader = DataLoader(TensorDataset(features, targets), batch_size=8, shuffle=True)

model = nn.Sequential(
    nn.Linear(16, 64),
    nn.ReLU(),
    nn.Linear(64, 2),
)
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)

accum_steps = 4  # effective batch size 32

for epoch in range(5):
    running_loss = 0.0
    optimizer.zero_grad()
    for i, (x, y) in enumerate(train_loader):
        output = model(x)
        loss = criterion(output, y)
        (loss / accum_steps).backward()
        running_loss += loss.item()

        if (i + 1) % accum_steps == 0:
            optimizer.step()
            optimizer.zero_grad()

    print(f"Epoch {epoch + 1}: {running_loss / len(train_loader):.4f}")
