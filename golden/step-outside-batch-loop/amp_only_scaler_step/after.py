import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
use_amp = torch.cuda.is_available()
device = torch.device('cuda' if use_amp else 'cpu')
y = torch.randint(0, 3, (300,))
x = torch.randn(300, 8) + 2 * torch.eye(3, 8)[y]
loader = DataLoader(TensorDataset(x, y), batch_size=30, shuffle=True)
model = nn.Sequential(nn.Linear(8, 24), nn.ReLU(), nn.Linear(24, 3)).to(device)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
scaler = torch.amp.GradScaler(device.type, enabled=use_amp)

for epoch in range(5):
    for data, label in loader:
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device.type, enabled=use_amp):
            loss = nn.functional.cross_entropy(model(data.to(device)), label.to(device))
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
    print(f'epoch {epoch}: {loss.item():.4f}')
