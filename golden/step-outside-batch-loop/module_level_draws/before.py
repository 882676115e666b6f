# pasted from notebook cells: batches are drawn by a range loop, the update is in the same cell, not in the loop
import torch
import torch.nn as nn

torch.manual_seed(0)
X = torch.randn(500, 8)
y = X @ torch.arange(8.0).unsqueeze(1)
net = nn.Linear(8, 1)
optimizer = torch.optim.Adam(net.parameters(), lr=0.1)
loss_fn = nn.MSELoss()

# %%
for step in range(150):
    ix = torch.randint(0, 500, (32,))
    pred = net(X[ix])
    loss = loss_fn(pred, y[ix])
optimizer.zero_grad()
loss.backward()
optimizer.step()

# %%
print('final loss', loss_fn(net(X), y).item())
