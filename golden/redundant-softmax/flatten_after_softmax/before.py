"""Fully convolutional head: 1x1 convolution, global pooling, softmax, flatten."""
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class AllConvolutional(nn.Module):
    def __init__(self, num_classes=4):
        super(AllConvolutional, self).__init__()
        self.conv = nn.Conv2d(3, 16, kernel_size=3, padding=1)
        self.relu = nn.ReLU()
        self.class_conv = nn.Conv2d(16, num_classes, kernel_size=1)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.softmax = nn.Softmax(dim=1)

    def forward(self, x):
        out = self.relu(self.conv(x))
        out = self.pool(self.class_conv(out))
        out = self.softmax(out)
        return out.view(out.size(0), -1)


torch.manual_seed(0)
colours = torch.tensor([[1.0, 0, 0], [0, 1.0, 0], [0, 0, 1.0], [1.0, 1.0, 0]])
targets = torch.randint(0, 4, (160,))
images = colours[targets][:, :, None, None] + 0.5 * torch.randn(160, 3, 8, 8)
loader = DataLoader(TensorDataset(images, targets), batch_size=16, shuffle=True)

model = AllConvolutional()
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)

for epoch in range(6):
    n_correct = 0
    for image, target in loader:
        optimizer.zero_grad()
        output = model(image)
        loss = criterion(output, target)
        loss.backward()
        optimizer.step()
        _, pred = output.topk(1, dim=1)
        n_correct += pred.squeeze(1).eq(target).sum().item()
    print("epoch {:d} loss {:.4f} correct {:d}/160".format(epoch, loss.item(), n_correct))
