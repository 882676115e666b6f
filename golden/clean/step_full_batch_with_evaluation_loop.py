import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
y = torch.randint(0, 3, (150,))
x = torch.randn(150, 4) + 2 * torch.eye(3, 4)[y]
x_train, y_train = x[:100], y[:100]
val_loader = DataLoader(TensorDataset(x[100:], y[100:]), batch_size=10)
model = nn.Linear(4, 3)
optimizer = torch.optim.Adam(model.parameters(), lr=0.05)

for epoch in range(20):
    model.eval()
    correct = 0
    for data, target in val_loader:
        with torch.no_grad():
            correct += (model(data).argmax(1) == target).sum().item()

    # the whole training set fits into one forward pass
    model.train()
    loss = nn.functional.cross_entropy(model(x_train), y_train)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    if epoch % 5 == 0:
        print(epoch, loss.item(), correct / 50)
