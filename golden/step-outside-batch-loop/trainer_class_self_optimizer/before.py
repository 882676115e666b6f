import torch
import torch.nn as nn
import torch.optim as optim


class Trainer:
	def __init__(self, net, lr):
		self.net = net
		self.optimizer = optim.SGD(self.net.parameters(), lr=lr, momentum=0.9)
		self.criterion = nn.CrossEntropyLoss()
		self.losses = []

	def train(self, batches, epochs):
		for epoch in range(epochs):
			self.net.train()
			for x, y in batches:
				out = self.net(x)
				loss = self.criterion(out, y)
				self.losses.append(loss.item())
			# one step
			self.optimizer.zero_grad()
			loss.backward()
			self.optimizer.step()
			print('epoch', epoch, 'loss', sum(self.losses[-len(batches):]) / len(batches))


if __name__ == '__main__':
	torch.manual_seed(0)
	y = torch.randint(0, 3, (270,))
	x = torch.randn(270, 6) + 2 * torch.eye(3, 6)[y]
	trainer = Trainer(nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3)), lr=0.05)
	trainer.train(list(zip(x.split(30), y.split(30))), epochs=8)
