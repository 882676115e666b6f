import copy
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x = torch.randn(120, 8)
y = (x[:, :4].sum(1) > 0).long()
train_rows, val_rows = slice(0, 80), slice(80, 120)
model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)

best, weights, waited = 0.0, None, 0
for epoch in range(40):
    model.train()
    optimizer.zero_grad()
    loss = F.cross_entropy(model(x[train_rows]), y[train_rows])
    loss.backward()
    optimizer.step()

    model.eval()
    with torch.no_grad():
        accuracy = (model(x[val_rows]).argmax(1) == y[val_rows]).float().mean().item()
    if accuracy > best:
        best, waited = accuracy, 0
        weights = copy.deepcopy(model.state_dict())
    else:
        waited += 1
        if waited == 8:
            break  # no better for a while

model.load_state_dict(weights)
print(best)
