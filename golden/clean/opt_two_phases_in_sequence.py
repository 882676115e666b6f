import torch
from torch import nn, optim


def fit(model, x, y, lr, epochs):
    optimizer = optim.Adam(model.parameters(), lr=lr)
    for epoch in range(epochs):
        for xb, yb in zip(x.split(32), y.split(32)):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(xb), yb)
            loss.backward()
            optimizer.step()
    return loss.item()


torch.manual_seed(0)
y_source, y_target = torch.randint(0, 3, (320,)), torch.randint(0, 3, (64,))
x_source = torch.eye(3, 8)[y_source] * 2 + torch.randn(320, 8)
x_target = torch.eye(3, 8)[y_target] * 2 + torch.randn(64, 8) + 0.5

model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 3))
print('pre-training', fit(model, x_source, y_source, lr=1e-2, epochs=4))
print('fine-tuning', fit(model, x_target, y_target, lr=1e-3, epochs=4))
