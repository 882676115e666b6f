import math

import torch
import torch.nn as nn

BATCH = 10


class Regressor:
	def __init__(self, width):
		self.net = nn.Sequential(nn.Linear(4, width), nn.Tanh(), nn.Linear(width, 1))
		self.opt = torch.optim.Adam(self.net.parameters(), lr=0.01)
		self.loss = nn.MSELoss()

	def fit(self, X, Y, epochs):
		n_batches = math.ceil(len(X) / BATCH)
		for epoch in range(epochs):
			running = 0.
			# walk through the training set
			for b in range(0, n_batches, BATCH):
				xb, yb = X[b:b + BATCH], Y[b:b + BATCH]
				pred = self.net(xb)
				l = self.loss(pred, yb)
				self.opt.zero_grad()
				l.backward()
				self.opt.step()
				running += l.item()
			print("epoch", epoch, "mse", running / n_batches)


torch.manual_seed(1)
inputs = torch.randn(70, 4)
outputs = inputs.prod(dim=1, keepdim=True)
Regressor(8).fit(inputs, outputs, 3)
