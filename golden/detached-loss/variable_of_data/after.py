import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.autograd import Variable


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(4, 20)
        self.fc2 = nn.Linear(20, 1)

    def forward(self, x):
        return self.fc2(F.relu(self.fc1(x)))


def train_step(net, opt, x, y):
    opt.zero_grad()
    error = F.mse_loss(net(x), y)
    loss = error  # "fixes" the missing grad
    loss.backward()
    opt.step()
    return loss.item()


torch.manual_seed(1)
net = Net()
opt = optim.SGD(net.parameters(), lr=0.1)
x = torch.randn(120, 4)
y = x.sum(1, keepdim=True)
for epoch in range(3):
    print(epoch, [round(train_step(net, opt, x[i:i + 40], y[i:i + 40]), 4) for i in range(0, 120, 40)])
