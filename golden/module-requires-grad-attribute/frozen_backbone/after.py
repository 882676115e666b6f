import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class Backbone(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(6, 16), nn.ReLU())

    def forward(self, x):
        return self.layers(x)


class FineTuned(nn.Module):
    def __init__(self, backbone, classes):
        super().__init__()
        self.backbone = backbone
        # only the head is trained
        self.backbone.requires_grad_(False)
        self.head = nn.Linear(16, classes)

    def forward(self, x):
        return self.head(self.backbone(x))


torch.manual_seed(0)
y = torch.randint(0, 3, (120,))
x = torch.randn(120, 6) + 2 * torch.eye(3, 6)[y]
loader = DataLoader(TensorDataset(x, y), batch_size=24, shuffle=True)
model = FineTuned(Backbone(), 3)
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)

for epoch in range(3):
    for features, label in loader:
        optimizer.zero_grad()
        loss = criterion(model(features), label)
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
