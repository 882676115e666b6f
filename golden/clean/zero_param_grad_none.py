import torch
import torch.nn as nn

torch.manual_seed(0)
x = torch.randn(256, 12)
y = (x[:, :4].sum(1, keepdim=True) > 0).float()

model = nn.Sequential(nn.Linear(12, 8), nn.ReLU(), nn.Linear(8, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
criterion = nn.BCEWithLogitsLoss()

for epoch in range(5):
    for i in range(0, 256, 32):
        # cheaper than optimizer.zero_grad() in old versions
        for param in model.parameters():
            param.grad = None
        loss = criterion(model(x[i:i + 32]), y[i:i + 32])
        loss.backward()
        optimizer.step()
    print(f'epoch {epoch}: {loss.item():.4f}')
