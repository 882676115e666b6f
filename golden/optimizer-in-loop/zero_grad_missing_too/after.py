import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(9, 27)
        self.b = nn.Linear(27, 3)

    def forward(self, x):
        return self.b(torch.relu(self.a(x)))


target = torch.randint(0, 3, (270,))
inputs = torch.eye(3).repeat(1, 3)[target] + torch.randn(270, 9)
loader = DataLoader(TensorDataset(inputs, target), batch_size=27, shuffle=True)
net = Net()

optimizer = optim.Adam(net.parameters(), lr=1e-2)
# training
for epoch in range(6):
    for x, t in loader:
        optimizer.zero_grad()
        y = net(x)
        loss = F.cross_entropy(y, t)

        loss.backward()
        optimizer.step()
    print(f'epoch {epoch}: {loss.item():.4f}')
