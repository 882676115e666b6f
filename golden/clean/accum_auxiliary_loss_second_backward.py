"""A reconstruction term and a classification term of the same batch, each with its own backward."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)


class Joint(nn.Module):
    def __init__(self):
        super().__init__()
        self.enc = nn.Linear(8, 12)
        self.dec = nn.Linear(12, 8)
        self.cls = nn.Linear(12, 3)

    def encode(self, x):
        return torch.tanh(self.enc(x))


y = torch.randint(0, 3, (210,))
x = torch.randn(210, 8) + 2 * F.one_hot(y, 8)
loader = DataLoader(TensorDataset(x, y), batch_size=21, shuffle=True)

net = Joint()
opt = torch.optim.Adam(net.parameters(), lr=0.01)
for epoch in range(6):
    for data, label in loader:
        opt.zero_grad()
        h = net.encode(data)
        reconstruction = F.mse_loss(net.dec(h), data)
        reconstruction.backward(retain_graph=True)
        classification = F.cross_entropy(net.cls(h), label)
        classification.backward()
        opt.step()
    print(epoch, reconstruction.item(), classification.item())
