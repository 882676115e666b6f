# Score every batch without gradients, then update on the hardest samples of the whole epoch.
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(300, 2)
y = (x.norm(dim=1) > 1.2).float()
loader = DataLoader(TensorDataset(x, y), batch_size=50)
net = nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=2e-2)
score = nn.BCEWithLogitsLoss(reduction='none')

for epoch in range(25):
    difficulty = []
    with torch.no_grad():
        for xb, yb in loader:
            difficulty.append(score(net(xb).squeeze(1), yb))
    hardest = torch.cat(difficulty).topk(128).indices
    optimizer.zero_grad()
    loss = score(net(x[hardest]).squeeze(1), y[hardest]).mean()
    loss.backward()
    optimizer.step()
print('loss on the hardest', loss.item())
