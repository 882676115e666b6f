import torch
from torch import nn

use_cuda = torch.cuda.is_available()
device = torch.device('cuda' if use_cuda else 'cpu')


def train(net, opt, scaler, batches):
	for x, y in batches:
		x, y = x.to(device), y.to(device)
		with torch.autocast(device.type, enabled=use_cuda):
			loss = nn.functional.cross_entropy(net(x), y)
		if scaler is not None:
			scaler.scale(loss).backward()
			scaler.step(opt)
			scaler.update()
		else:
			loss.backward()
			opt.step()
		for p in net.parameters():
			p.grad = None
	return loss.item()


torch.manual_seed(0)
y = torch.randint(0, 3, (180,))
x = torch.randn(180, 7) + 2 * torch.eye(3, 7)[y]
net = nn.Linear(7, 3).to(device)
opt = torch.optim.SGD(net.parameters(), lr=0.2)
scaler = torch.amp.GradScaler('cuda') if use_cuda else None
for epoch in range(4):
	print(epoch, train(net, opt, scaler, list(zip(x.split(30), y.split(30)))))
