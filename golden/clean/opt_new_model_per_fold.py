"""Five-fold cross-validation of a small regressor."""
import torch
import torch.nn as nn
import torch.optim as optim

torch.manual_seed(3)
X = torch.randn(200, 6)
y = X @ torch.tensor([[1.0], [-2.0], [0.5], [0.0], [3.0], [1.5]]) + 0.1 * torch.randn(200, 1)

K = 5
folds = torch.chunk(torch.randperm(len(X)), K)
criterion = nn.MSELoss()
scores = []

for k in range(K):
    held_out = folds[k]
    train_idx = torch.cat([f for i, f in enumerate(folds) if i != k])

    # every fold starts from scratch: a new network and a new optimizer for it
    net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 1))
    optimizer = optim.Adam(net.parameters(), lr=0.01)

    for epoch in range(10):
        for idx in torch.split(train_idx[torch.randperm(len(train_idx))], 32):
            optimizer.zero_grad()
            loss = criterion(net(X[idx]), y[idx])
            loss.backward()
            optimizer.step()

    with torch.no_grad():
        scores.append(criterion(net(X[held_out]), y[held_out]).item())
    print(f"fold {k}: mse {scores[-1]:.3f}")

print("cv mse: %.3f" % (sum(scores) / K))
