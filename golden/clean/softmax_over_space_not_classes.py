"""Spatial softmax turns feature maps into key points; a linear layer gives the class scores."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
SIZE = 10


class KeypointClassifier(nn.Module):
    def __init__(self, maps=4, classes=4):
        super().__init__()
        self.conv = nn.Conv2d(1, maps, 5, padding=2)
        self.classify = nn.Linear(2 * maps, classes)
        axis = torch.linspace(-1, 1, SIZE)
        grid_y, grid_x = torch.meshgrid(axis, axis, indexing="ij")
        self.register_buffer("grid", torch.stack([grid_x.flatten(), grid_y.flatten()], dim=1))

    def forward(self, x):
        f = self.conv(x)
        n, c = f.shape[:2]
        heat = F.softmax(5 * f.view(n, c, -1), dim=-1)
        points = heat @ self.grid
        return self.classify(points.flatten(1))


quadrant = torch.randint(0, 4, (240,))
pics = 0.05 * torch.randn(240, 1, SIZE, SIZE)
for n, q in enumerate(quadrant.tolist()):
    row = (q // 2) * 5 + torch.randint(0, 5, (1,)).item()
    col = (q % 2) * 5 + torch.randint(0, 5, (1,)).item()
    pics[n, 0, row, col] += 2
loader = DataLoader(TensorDataset(pics, quadrant), batch_size=24, shuffle=True)

model = KeypointClassifier()
optimizer = torch.optim.Adam(model.parameters(), lr=0.03)
loss_fn = nn.CrossEntropyLoss()
for epoch in range(6):
    for image, label in loader:
        loss = loss_fn(model(image), label)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(f"epoch {epoch}: {loss.item():.4f}")
