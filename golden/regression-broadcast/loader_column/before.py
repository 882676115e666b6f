import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(160, 5)
y = x.sum(dim=1)
loader = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)

model = nn.Sequential(nn.Linear(5, 16), nn.ReLU(), nn.Linear(16, 1))
criterion = nn.MSELoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)

for epoch in range(3):
    for inputs, target in loader:
        optimizer.zero_grad()
        output = model(inputs)
        loss = criterion(output, target)  # mean squared error
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
