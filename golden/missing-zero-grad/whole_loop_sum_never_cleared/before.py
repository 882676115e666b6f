import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(240, 4)
y = x @ torch.tensor([[1.0], [-1.0], [2.0], [0.5]])
loader = DataLoader(TensorDataset(x, y), batch_size=40)
net = nn.Linear(4, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)

# exact gradient descent: one update per pass over the data
for epoch in range(30):
    for xb, yb in loader:
        loss = nn.functional.mse_loss(net(xb), yb) / len(loader)
        loss.backward()
    optimizer.step()
    if epoch % 10 == 0:
        print(epoch, loss.item() * len(loader))
