import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self, p=0.4):
        super().__init__()
        self.p = p
        self.fc1 = nn.Linear(8, 24)
        self.fc2 = nn.Linear(24, 3)

    def forward(self, x):
        x = nn.ReLU()(self.fc1(x))
        x = F.dropout(x, self.p, training=self.training)  # regularisation
        return self.fc2(x)


torch.manual_seed(0)
y = torch.randint(0, 3, (150,))
x = torch.randn(150, 8) + 2 * F.one_hot(y, 8)
loader = DataLoader(TensorDataset(x, y), batch_size=30, shuffle=True)
net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(2):
    net.train()
    for features, label in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(net(features), label)
        loss.backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        print(epoch, (net(x).argmax(1) == y).float().mean().item())
