import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
data = TensorDataset(torch.randn(80, 4), torch.randint(0, 2, (80,)))
train_loader, test_loader = DataLoader(data, batch_size=16, shuffle=True), DataLoader(data, batch_size=40)
example, _ = next(iter(train_loader))
model = nn.Linear(example.shape[1], 2)
optimizer = torch.optim.Adam(model.parameters())
for epoch in range(2):
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            pictures, truth = next(iter(test_loader))
            hits = (model(pictures).argmax(1) == truth).float().mean()
    print(epoch, loss.item(), hits.item())
