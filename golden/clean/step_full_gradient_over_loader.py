# exact gradient descent on a data set that does not fit into one forward pass
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(9)
x = torch.randn(400, 5)
y = (x @ torch.randn(5, 1)).tanh()
loader = DataLoader(TensorDataset(x, y), batch_size=50)

net = nn.Sequential(nn.Linear(5, 10), nn.Tanh(), nn.Linear(10, 1))
optimizer = torch.optim.SGD(net.parameters(), lr=0.2)
loss_fn = nn.MSELoss()

for epoch in range(25):
    optimizer.zero_grad()
    full_loss = 0.0
    for xb, yb in loader:
        loss = loss_fn(net(xb), yb) / len(loader)
        loss.backward()
        full_loss += loss.item()
    optimizer.step()
    if epoch % 5 == 0:
        print('epoch {:2d}: full loss {:.4f}'.format(epoch, full_loss))
