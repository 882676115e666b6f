# Batches are fetched with next(); the update stands one level too far left.
import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.conv1 = nn.Conv2d(1, 4, kernel_size=3)
        self.fc = nn.Linear(4 * 3 * 3, 2)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = torch.flatten(x, 1)
        return self.fc(x)


torch.manual_seed(0)
label = torch.randint(0, 2, (200,))
image = 0.4 * torch.randn(200, 1, 8, 8)
image[label == 0, :, 3:5, :] += 1
image[label == 1, :, :, 3:5] += 1
train_loader = DataLoader(TensorDataset(image, label), batch_size=20, shuffle=True)
net = Net()
optimizer = optim.Adam(net.parameters(), lr=5e-3)

for epoch in range(6):
    data_iter = iter(train_loader)
    num_correct = 0
    for step in range(len(train_loader)):
        images, labels = next(data_iter)
        out = net(images)
        loss = F.cross_entropy(out, labels)
        num_correct += (out.argmax(1) == labels).sum().item()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print('epoch: {} accuracy: {:.2f}'.format(epoch, num_correct / len(label)))
