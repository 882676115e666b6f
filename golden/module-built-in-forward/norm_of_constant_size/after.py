import torch
import torch.nn as nn


class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.out = nn.Linear(4, 2)
        self.batchnorm = nn.BatchNorm2d(4)

    def forward(self, image):
        h = self.batchnorm(self.conv(image))
        h = torch.relu(h).amax(dim=(2, 3))
        return self.out(h)


torch.manual_seed(0)
images = torch.randn(64, 1, 6, 6)
target = (images.mean(dim=(1, 2, 3)) > 0).long()
model = ConvNet()
loss_fn = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
for epoch in range(3):
    for rows in torch.randperm(64).split(16):
        optimizer.zero_grad()
        loss = loss_fn(model(images[rows]), target[rows])
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
