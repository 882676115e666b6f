import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
X = torch.randn(240, 7)
Y = X @ torch.randn(7, 2)
dataloader = DataLoader(TensorDataset(X, Y), batch_size=24, shuffle=True)

model = nn.Linear(7, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
loss_fn = nn.MSELoss()

for epoch in range(10):
    for inputs, targets in dataloader:
        predictions = model(inputs)
        loss = loss_fn(predictions, targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"epoch {epoch} loss {loss.item():.4f}")
