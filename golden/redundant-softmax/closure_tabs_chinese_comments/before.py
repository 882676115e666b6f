# -*- coding: utf-8 -*-
# 手写数字分类(合成数据)
import torch
import torch.nn as nn
import torch.nn.functional as F


class 分类器(nn.Module):
	def __init__(self, 输入, 类别):
		super().__init__()
		self.隐藏 = nn.Linear(输入, 50)
		self.输出 = nn.Linear(50, 类别)

	def forward(self, x):
		x = F.relu(self.隐藏(x))  # 隐藏层
		# 输出每一类的得分
		x = self.输出(x)
		return F.softmax(x, dim=1)  # 转换为概率


def main():
	torch.manual_seed(0)
	模板 = torch.rand(10, 36)
	标签 = torch.randint(0, 10, (400,))
	数据 = 模板[标签] + 0.1 * torch.randn(400, 36)

	网络 = 分类器(36, 10)
	优化器 = torch.optim.Adam(网络.parameters(), lr=0.005)
	损失函数 = nn.CrossEntropyLoss()

	def 训练一步(批):
		优化器.zero_grad()
		结果 = 网络(数据[批])
		损失 = 损失函数(结果, 标签[批])
		损失.backward()
		优化器.step()
		return 损失.item(), (结果.argmax(1) == 标签[批]).sum().item()

	for 轮 in range(6):
		正确 = 0
		for 批 in torch.randperm(400).split(40):
			损失, 对 = 训练一步(批)
			正确 += 对
		print(f"第{轮}轮: 损失 {损失:.4f} 正确 {正确}/400")


if __name__ == "__main__":
	main()
