import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 6, kernel_size=3)
        self.fc1 = nn.Linear(6 * 3 * 3, 20)
        self.fc2 = nn.Linear(20, 4)

    def forward(self, x):
        x = F.relu(F.max_pool2d(self.conv(x), 2))
        x = F.dropout2d(x, p=0.2)
        x = x.flatten(1)
        x = F.relu(self.fc1(x))
        x = F.dropout(x)  # against overfitting
        return self.fc2(x)


torch.manual_seed(0)
labels = torch.randint(0, 4, (120,))
images = torch.randn(120, 1, 8, 8) + labels.view(-1, 1, 1, 1).float()
loader = DataLoader(TensorDataset(images, labels), batch_size=24, shuffle=True)
net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
criterion = nn.CrossEntropyLoss()

for epoch in range(2):
    net.train()
    for x, y in loader:
        optimizer.zero_grad()
        loss = criterion(net(x), y)
        loss.backward()
        optimizer.step()
    net.eval()
    with torch.no_grad():
        correct = (net(images).argmax(1) == labels).sum().item()
    print(epoch, loss.item(), correct / 120)
