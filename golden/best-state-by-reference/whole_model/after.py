import copy
import torch
import torch.nn as nn

torch.manual_seed(3)
x = torch.randn(60, 5)
y = x.sum(1, keepdim=True).sin()
model = nn.Sequential(nn.Linear(5, 32), nn.Tanh(), nn.Linear(32, 1))
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
best_error = float("inf")
best_model = None
for epoch in range(20):
    optimizer.zero_grad()
    nn.functional.mse_loss(model(x[:40]), y[:40]).backward()
    optimizer.step()
    with torch.no_grad():
        error = nn.functional.mse_loss(model(x[40:]), y[40:])
    if error < best_error:
        best_error = error
        best_model = copy.deepcopy(model)
with torch.no_grad():
    print(best_error.item(), nn.functional.mse_loss(best_model(x[40:]), y[40:]).item())
