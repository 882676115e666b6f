import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)

# soft assignment to prototypes, then a linear read-out
model = nn.Sequential(
    nn.Linear(5, 12),
    nn.Softmax(dim=1),
    nn.Linear(12, 3),
)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.05)

y = torch.randint(0, 3, (240,))
x = torch.randn(240, 5)
x[torch.arange(240), y] += 3
loader = DataLoader(TensorDataset(x, y), batch_size=24, shuffle=True)

for epoch in range(6):
    for xb, yb in loader:
        optimizer.zero_grad()
        loss = criterion(model(xb), yb)
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
