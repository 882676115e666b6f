import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(320, 10)
y = (x[:, :5].sum(1) > 0).long()
train_loader = DataLoader(TensorDataset(x[:256], y[:256]), batch_size=32, shuffle=True)
test_loader = DataLoader(TensorDataset(x[256:], y[256:]), batch_size=32)

net = nn.Sequential(nn.Linear(10, 32), nn.ReLU(), nn.Dropout(0.5), nn.Linear(32, 2))
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)

for epoch in range(4):
    for inputs, labels in train_loader:
        optimizer.zero_grad()
        loss = criterion(net(inputs), labels)
        loss.backward()
        optimizer.step()

    correct, total = 0, 0
    # accuracy on the test set
    with torch.no_grad():
        for inputs, labels in test_loader:
            outputs = net(inputs)
            correct += (outputs.argmax(1) == labels).sum().item()
            total += labels.size(0)
    print(f"{epoch}: {correct / total:.2f}")
