import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(120, 5)
y = torch.randint(0, 2, (120,))
loader = DataLoader(TensorDataset(x, y), batch_size=20, shuffle=True)

model = nn.Linear(5, 2)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
criterion = nn.CrossEntropyLoss()

# 30 steps
for step in range(30):
    inputs, labels = next(iter(loader))  # a batch
    optimizer.zero_grad()
    loss = criterion(model(inputs), labels)
    loss.backward()
    optimizer.step()
    if step % 10 == 0:
        print(step, loss.item())
