import torch
import torch.nn as nn

torch.manual_seed(0)
N, batch_size = 300, 30
X = torch.randn(N, 4)
Y = (X[:, :2] ** 2).sum(1, keepdim=True)
model = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
criterion = nn.MSELoss()

for epoch in range(8):
    permutation = torch.randperm(N)

    for i in range(0, N, batch_size):
        indices = permutation[i:i + batch_size]
        batch_x, batch_y = X[indices], Y[indices]
        optimizer.zero_grad()
        loss = criterion(model(batch_x), batch_y)
        loss.backward()

    optimizer.step()  # apply
    print(epoch, loss.item())
