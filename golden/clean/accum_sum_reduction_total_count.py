"""Every piece contributes its summed loss divided once by the number of all samples."""
import torch
import torch.nn as nn

torch.manual_seed(0)

N = 300
x = torch.randn(N, 6)
y = (x @ torch.randn(6, 1)).tanh()

model = nn.Sequential(nn.Linear(6, 24), nn.Tanh(), nn.Linear(24, 1))
criterion = nn.MSELoss(reduction="sum")
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
chunk = 64

for epoch in range(30):
    optimizer.zero_grad()
    total = 0.0
    for i in range(0, N, chunk):
        loss = criterion(model(x[i:i + chunk]), y[i:i + chunk]) / N
        loss.backward()
        total += loss.item()
    optimizer.step()
    if epoch % 10 == 0:
        print(f"epoch {epoch} mean squared error {total:.4f}")
