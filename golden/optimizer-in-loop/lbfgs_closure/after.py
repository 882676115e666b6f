import torch
import torch.nn as nn

torch.manual_seed(0)
x = torch.linspace(0, 1, 64).unsqueeze(1)
y = (6 * x).sin() * x
model = nn.Sequential(nn.Linear(1, 12), nn.Tanh(), nn.Linear(12, 1))
criterion = nn.MSELoss()

# quasi-Newton: the curvature estimate lives in the optimizer
optimizer = torch.optim.LBFGS(model.parameters(), lr=0.5, max_iter=4)
for i in range(15):

    def closure():
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        return loss

    loss = optimizer.step(closure)
    print(i, loss.item())
