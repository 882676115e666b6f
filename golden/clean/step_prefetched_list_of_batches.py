"""Pull k batches from the loader first, count their samples, then accumulate over the list."""
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def prefetch(iterator, k):
    batches = []
    for _ in range(k):
        try:
            batches.append(next(iterator))
        except StopIteration:
            break
    return batches, sum(len(b[0]) for b in batches)


torch.manual_seed(0)
x = torch.randn(200, 4)
y = x[:, :2].prod(1, keepdim=True)
loader = DataLoader(TensorDataset(x, y), batch_size=12, shuffle=True)
model = nn.Sequential(nn.Linear(4, 24), nn.ReLU(), nn.Linear(24, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)

for epoch in range(6):
    iterator = iter(loader)
    while True:
        batch_samples, num_items = prefetch(iterator, 3)
        if not batch_samples:
            break
        optimizer.zero_grad()
        for xb, yb in batch_samples:
            loss = F.mse_loss(model(xb), yb, reduction='sum') / num_items
            loss.backward()
        optimizer.step()
    print(epoch, loss.item())
