import torch
import torch.nn as nn

torch.manual_seed(0)

N, B = 240, 40
X = torch.randn(N, 8)
Y = (X[:, :4] * X[:, 4:]).sum(dim=1, keepdim=True)

model = nn.Sequential(nn.Linear(8, 64), nn.ReLU(), nn.Linear(64, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
mse = nn.MSELoss()

for epoch in range(60):
    running = 0.0
    optimizer.zero_grad()
    for i in range(0, N, B):
        xb = X[i:i + B]
        yb = Y[i:i + B]
        loss = mse(model(xb), yb)
        (loss / len(range(0, N, B))).backward()
        running += loss.item()
    # one update per pass over the data
    optimizer.step()
    if epoch % 15 == 0:
        print(f"epoch {epoch} loss {running / (N // B):.4f}")
