# %%
import numpy as np
import torch
import torch.utils.data as tud
from torch import nn

torch.manual_seed(0)
groups = [np.random.RandomState(k).randn(25, 3) + k for k in range(4)]
X = torch.tensor(np.concatenate(groups), dtype=torch.float32)
Y = torch.tensor(np.repeat(np.arange(4), 25), dtype=torch.long)

# %%
training = tud.DataLoader(tud.TensorDataset(X, Y), 10, drop_last=True)
model = nn.Linear(3, 4)
opt = torch.optim.SGD(model.parameters(), lr=0.05)
loss_fn = nn.CrossEntropyLoss()

# %%
for epoch in range(3):
    for xb, yb in training:
        opt.zero_grad()
        loss = loss_fn(model(xb), yb)
        loss.backward()
        opt.step()
    print(f"{epoch}: {loss.item():.3f}")
