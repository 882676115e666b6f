import torch
from torch import nn

torch.manual_seed(0)
x = torch.linspace(-1, 1, 80).unsqueeze(1)
y = torch.where(x > 0, x, 0.2 * x)
net = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1))
mse = nn.MSELoss()
solver = torch.optim.LBFGS(net.parameters(), lr=0.1)

for it in range(6):

    def closure():
        solver.zero_grad()
        value = mse(net(x), y)
        value.backward()
        return value

    value = solver.step(closure)
    print(it, value.item())
