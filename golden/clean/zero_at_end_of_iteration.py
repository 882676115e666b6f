import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
w = torch.randn(8, 1)
x = torch.randn(256, 8)
loader = DataLoader(TensorDataset(x, x @ w), batch_size=32, shuffle=True)

model = nn.Linear(8, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)

for epoch in range(5):
    running = 0.0
    for batch in loader:
        features, target = batch
        loss = nn.functional.mse_loss(model(features), target)
        loss.backward()
        optimizer.step()
        running += loss.item()
        # clear for the next batch
        optimizer.zero_grad()
    print(f"epoch {epoch} loss {running / len(loader):.4f}")
