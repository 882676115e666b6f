import torch
import torch.nn as nn
import torch.optim as optim


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(2, 6, 3)
        self.fc = nn.Linear(6, 3)

    def forward(self, x):
        return self.fc(torch.relu(self.conv(x)).amax(2))


def train(epoch, model, loader, optimizer, criterion):
    model.train()
    correct = 0
    for data, target in loader:
        optimizer.zero_grad()
        output = model(data)
        loss = criterion(output, target)
        loss.backward()
        optimizer.step()

        pred = output.argmax(1)
        correct += (pred == target).sum().item()
    print('epoch %d: %d right, loss %.3f' % (epoch, correct, loss.item()))


torch.manual_seed(2)
data = [(torch.randn(16, 2, 9), torch.randint(0, 3, (16,))) for _ in range(8)]
model = Net()
optimizer = optim.Adam(model.parameters(), lr=0.01)
for epoch in range(3):
    train(epoch, model, data, optimizer, nn.CrossEntropyLoss())
