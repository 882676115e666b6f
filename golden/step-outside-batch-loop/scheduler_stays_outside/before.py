import torch
import torch.nn as nn
import torch.optim as optim
import torch.optim.lr_scheduler as lr_scheduler
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.rand(320, 2) * 6 - 3
y = (torch.sin(x[:, 0]) > x[:, 1] / 3).long()
train_dl = DataLoader(TensorDataset(x[:256], y[:256]), batch_size=32, shuffle=True)
val_x, val_y = x[256:], y[256:]

net = nn.Sequential(nn.Linear(2, 50), nn.ReLU(), nn.Linear(50, 2))
optimizer = optim.Adam(net.parameters(), lr=0.02)
scheduler = lr_scheduler.StepLR(optimizer, step_size=4, gamma=0.5)
loss_func = nn.CrossEntropyLoss()

for epoch in range(10):
    net.train()
    for xb, yb in train_dl:
        # zero the gradients of the previous batch
        optimizer.zero_grad()
        loss = loss_func(net(xb), yb)
        loss.backward()

    # keep the update small
    nn.utils.clip_grad_norm_(net.parameters(), 2.0)
    optimizer.step()
    scheduler.step()
    net.eval()
    with torch.no_grad():
        acc = (net(val_x).argmax(1) == val_y).float().mean().item()
    print('epoch', epoch, 'val acc', acc)
