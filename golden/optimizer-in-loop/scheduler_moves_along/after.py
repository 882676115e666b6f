from torch import nn
import torch
import torch.optim as optim
import torch.optim.lr_scheduler as lrs


class Trainer:

	def __init__(self, model, batches, epochs):
		self.model = model
		self.batches = batches
		self.epochs = epochs
		self.loss = nn.L1Loss()

	def train(self):
		# optimizer and its schedule
		optimizer = optim.AdamW(self.model.parameters(), lr=2e-2, weight_decay=1e-4)
		scheduler = lrs.ExponentialLR(optimizer, gamma=0.8)
		for epoch in range(self.epochs):

			for x, y in self.batches:
				optimizer.zero_grad()
				pred = self.model(x)
				err = self.loss(pred, y)
				err.backward()
				optimizer.step()

			scheduler.step()
			print(epoch, err.item(), optimizer.param_groups[0]['lr'])


torch.manual_seed(0)
x = torch.rand(240, 3)
y = x.prod(dim=1, keepdim=True)
Trainer(nn.Sequential(nn.Linear(3, 20), nn.ReLU(), nn.Linear(20, 1)), list(zip(x.split(40), y.split(40))), epochs=8).train()
