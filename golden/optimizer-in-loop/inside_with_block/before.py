import contextlib

import torch
from torch import nn, optim


@contextlib.contextmanager
def announce(what):
	print('begin', what)
	yield
	print('end', what)


def main(epochs=5):
	torch.manual_seed(0)
	x = torch.randn(160, 6)
	y = x.abs().argmax(dim=1)
	net = nn.Sequential(nn.Linear(6, 48), nn.ReLU(), nn.Linear(48, 6))
	criterion = nn.CrossEntropyLoss()
	with announce('training'):
		# x and y are small enough
		# to be sliced by hand
		for epoch in range(epochs):
			for i in range(0, 160, 20):
				xb = x[i:i + 20]

				# Nesterov momentum,
				# as in the paper
				sgd = optim.SGD(net.parameters(), lr=0.1, momentum=0.9, nesterov=True)
				sgd.zero_grad()
				loss = criterion(net(xb), y[i:i + 20])
				loss.backward()
				sgd.step()
			print(epoch, loss.item())
	return net


main()
