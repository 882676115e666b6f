# 梯度累积:显存不够,所以每 4 个小批量才更新一次参数
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)

特征 = torch.randn(256, 6)
目标 = torch.sin(特征).sum(dim=1, keepdim=True)
loader = DataLoader(TensorDataset(特征, 目标), batch_size=8, shuffle=True)

model = nn.Sequential(nn.Linear(6, 48), nn.ReLU(), nn.Linear(48, 1))
criterion = nn.MSELoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)

for epoch in range(5):
    损失和 = 0.0
    optimizer.zero_grad()
    for i, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        # 反向传播,梯度会累加
        loss.backward()
        损失和 += loss.item()
        if (i + 1) % 4 == 0:
            optimizer.step()       # 更新参数
            optimizer.zero_grad()  # 清空梯度
    print("第", epoch + 1, "轮 平均损失", 损失和 / len(loader))
