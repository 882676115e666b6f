import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
cuda = torch.cuda.is_available()
device = torch.device('cuda' if cuda else 'cpu')
y = torch.randint(0, 6, (300,))
x = torch.randn(300, 20)
x[torch.arange(300), y] += 3
train_loader = DataLoader(TensorDataset(x, y), batch_size=30, shuffle=True)
model = nn.Sequential(nn.Linear(20, 40), nn.ReLU(), nn.Linear(40, 6)).to(device)
scaler = torch.amp.GradScaler(device.type, enabled=cuda)

optimizer = torch.optim.AdamW(
    model.parameters(),
    lr=0.01,  # found by search
    weight_decay=0.01,
)
for epoch in range(4):
    for images, labels in train_loader:
        images, labels = images.to(device), labels.to(device)
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device.type, enabled=cuda):
            loss = nn.functional.cross_entropy(model(images), labels)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
    print(epoch, loss.item())
