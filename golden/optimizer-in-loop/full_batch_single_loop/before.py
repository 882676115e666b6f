import torch
import torch.nn as nn

torch.manual_seed(0)
X = torch.linspace(-3, 3, 120).reshape(-1, 1)
Y = 0.3 * X ** 2 - X + 0.1 * torch.randn(120, 1)

model = nn.Sequential(nn.Linear(1, 20), nn.ReLU(), nn.Linear(20, 1))
loss_fn = nn.MSELoss()

for t in range(200):

    Y_pred = model(X)
    loss = loss_fn(Y_pred, Y)
    if t % 50 == 0:
        print(t, loss.item())

    optim = torch.optim.SGD(model.parameters(), 0.01, 0.9)
    optim.zero_grad()
    loss.backward()
    optim.step()
print('final', loss.item())