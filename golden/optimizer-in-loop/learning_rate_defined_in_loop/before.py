import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(320, 4)
y = (x[:, :1] + x[:, 1:2] ** 2 > 1).float()
loader = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)
model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))
bce = nn.BCEWithLogitsLoss()

for epoch in range(5):
    hits = 0
    for xb, yb in loader:
        lr = 0.01
        weight_decay = 1e-4
        opt = torch.optim.RMSprop(model.parameters(), lr=lr, weight_decay=weight_decay)
        logits = model(xb)
        loss = bce(logits, yb)
        opt.zero_grad()
        loss.backward()
        opt.step()
        hits += ((logits > 0) == (yb > 0.5)).sum().item()
    print(f"{epoch}: {hits / 320:.3f}")
