import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(42)

# three blobs in the plane
labels = torch.arange(3).repeat(100)
data = torch.tensor([[0., 3.], [-3., -2.], [3., -2.]])[labels] + torch.randn(300, 2)
loader = DataLoader(TensorDataset(data, labels), batch_size=20, shuffle=True)

net = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 3))
criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(net.parameters(), lr=0.05)

for epoch in range(5):
    running_loss = 0.0
    for i, (inputs, target) in enumerate(loader, 0):
        optimizer.zero_grad()
        # forward pass
        output = net(inputs)
        loss = criterion(output, target)

        # backward pass and update
        loss.backward()
        optimizer.step()

        running_loss += loss.item()
    print(f'[{epoch + 1}] loss: {running_loss / len(loader):.3f}')
