import argparse

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Trainer:
	def __init__(self, args, model, loader):
		self.args = args
		self.device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
		self.model = model.to(self.device)
		self.loader = loader
		self.optimizer = torch.optim.Adam(self.model.parameters(), lr=args.lr)
		self.scaler = torch.amp.GradScaler(self.device.type, enabled=self.device.type == 'cuda')
		self.criterion = nn.BCEWithLogitsLoss()

	def run(self):
		for epoch in range(self.args.epochs):
			for n, (x, y) in enumerate(self.loader, 1):
				x, y = x.to(self.device), y.to(self.device)
				with torch.autocast(self.device.type, enabled=self.scaler.is_enabled()):
					loss = self.criterion(self.model(x), y) / self.args.accum
				self.scaler.scale(loss).backward()
				if n % self.args.accum == 0 or n == len(self.loader):
					self.scaler.unscale_(self.optimizer)
					nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
					self.scaler.step(self.optimizer)
					self.scaler.update()
					self.optimizer.zero_grad()
			print(epoch, loss.item() * self.args.accum)


if __name__ == '__main__':
	parser = argparse.ArgumentParser()
	parser.add_argument('--accum', type=int, default=2)
	parser.add_argument('--epochs', type=int, default=5)
	parser.add_argument('--lr', type=float, default=0.06)
	args = parser.parse_args()
	torch.manual_seed(0)
	x = torch.randn(256, 5)
	y = (x[:, :1] * x[:, 1:2] > 0).float()
	model = nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 1))
	Trainer(args, model, DataLoader(TensorDataset(x, y), batch_size=16, shuffle=True)).run()
