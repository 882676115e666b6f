import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


class GraphlessNet(nn.Module):
	def __init__(self):
		super().__init__()
		self.a = nn.Linear(12, 24)
		self.b = nn.Linear(24, 3)

	def forward(self, x):
		return self.b(F.relu(self.a(x)))


def run_epoch(model, train_loader, optimizer, epoch):
	model.train()
	optimizer.zero_grad()
	loss_sum, seen = 0.0, 0
	for batch_idx, (data, target) in enumerate(train_loader):
		output = model(data)
		loss = F.cross_entropy(output, target)
		loss.backward()
		loss_sum += loss.item() * len(target)
		seen += len(target)
	torch.nn.utils.clip_grad_norm_(model.parameters(), 2.0)
	optimizer.step()
	if epoch % 10 == 0:
		print("epoch", epoch, "loss", loss_sum / seen)


def main():
	torch.manual_seed(0)
	target = torch.randint(0, 3, (240,))
	data = torch.randn(240, 12) + 2 * F.one_hot(target, 12)
	train_loader = DataLoader(TensorDataset(data, target), batch_size=40)
	model = GraphlessNet()
	optimizer = torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.9)
	for epoch in range(40):
		run_epoch(model, train_loader, optimizer, epoch)


if __name__ == "__main__":
	main()
