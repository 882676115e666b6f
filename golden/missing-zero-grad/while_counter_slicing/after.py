# кусочно: пакеты нарезаются вручную
import torch
from torch import nn
from torch.optim import RMSprop

torch.manual_seed(0)
N, B = 210, 30
points = torch.rand(N, 2) * 4 - 2
inside = (points.abs().sum(1, keepdim=True) < 1.5).float()
net = nn.Sequential(nn.Linear(2, 40), nn.ReLU(), nn.Linear(40, 1))
opt = RMSprop(net.parameters(), lr=2e-2)
lossfn = nn.BCEWithLogitsLoss()

epoch = 0
while epoch < 8:
	k = 0
	while k * B < N:
		xb = points[k * B:(k + 1) * B]
		yb = inside[k * B:(k + 1) * B]
		opt.zero_grad()
		loss = lossfn(
			net(xb),  # logits
			yb,
		)
		loss.backward()
		opt.step()
		k += 1
	print(epoch, loss.item())
	epoch += 1
