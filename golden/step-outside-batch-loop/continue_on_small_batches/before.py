# 批次太小时跳过
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def fit(net, loader, n_epochs):
  opt = torch.optim.RMSprop(net.parameters(), lr=1e-2)
  bce = nn.BCEWithLogitsLoss()
  for epoch in range(n_epochs):
    seen = 0
    for x, y in loader:
      if len(x) < 8:
        continue  # 批归一化需要足够的样本
      seen += len(x)
      logits = net(x).squeeze(1)
      loss = bce(logits, y)
    opt.zero_grad()
    # 反向传播
    loss.backward()
    opt.step()
    print('轮次', epoch, '样本', seen, 'loss', loss.item())


torch.manual_seed(0)
x = torch.randn(245, 5)
y = (x[:, 0] - x[:, 1] > 0).float()
net = nn.Sequential(nn.Linear(5, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 1))
fit(net, DataLoader(TensorDataset(x, y), batch_size=24), n_epochs=6)
