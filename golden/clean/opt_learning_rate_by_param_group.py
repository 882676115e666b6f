import torch
from torch import nn, optim

torch.manual_seed(0)


def adjust_learning_rate(optimizer, epoch, base):
    lr = base * 0.5 ** (epoch // 3)
    for group in optimizer.param_groups:
        group['lr'] = lr
    return lr


x = torch.randn(300, 4)
y = (x * x).sum(1, keepdim=True)
model = nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 1))
optimizer = optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
for epoch in range(9):
    lr = adjust_learning_rate(optimizer, epoch, 0.02)
    for i in range(0, len(x), 50):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x[i:i + 50]), y[i:i + 50])
        loss.backward()
        optimizer.step()
    print('epoch %d lr %.4f loss %.4f' % (epoch, lr, loss.item()))
