import torch
import torch.nn as nn
from torch.amp import GradScaler, autocast

torch.manual_seed(0)
device = "cpu"
images = torch.randn(160, 1, 8, 8)
labels = (images[:, 0, :4].mean((1, 2)) > images[:, 0, 4:].mean((1, 2))).long()
loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(images, labels), batch_size=16, shuffle=True)

model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 2)).to(device)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
scaler = GradScaler(device, init_scale=256.0)
for epoch in range(2):
    for image, label in loader:
        optimizer.zero_grad()
        with autocast(device, dtype=torch.bfloat16):
            loss = nn.functional.cross_entropy(model(image.to(device)), label.to(device))
        scaler.scale(loss).backward()
        optimizer.step()
    print(epoch, loss.item())
