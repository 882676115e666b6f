# 每个批次都重新创建优化器
import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(0)
标签 = torch.randint(0, 2, (200,))
数据 = torch.randn(200, 5) + 1.5 * 标签.unsqueeze(1)
net = nn.Linear(5, 2)
损失函数 = nn.CrossEntropyLoss()

# 带动量的随机梯度下降
优化器 = optim.SGD(net.parameters(), lr=0.05, momentum=0.9)  # 学习率固定
# 训练五轮
for 轮 in range(5):
    for x, y in zip(数据.split(20), 标签.split(20)):
        net.zero_grad()
        loss = 损失函数(net(x), y)
        loss.backward()
        优化器.step()
    print('第', 轮, '轮 loss', loss.item())
