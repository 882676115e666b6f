"""A trainer with mixed precision."""
import torch
from torch import nn


class Trainer:
    def __init__(self, model, device="cpu"):
        self.model = model.to(device)
        self.device = device
        self.criterion = nn.SmoothL1Loss()
        self.optimizer = torch.optim.Adam(model.parameters(), lr=0.01, eps=1e-4)
        self.scaler = torch.amp.GradScaler(device, init_scale=4096.0)

    def train_step(self, x, y):
        with torch.autocast(self.device, dtype=torch.bfloat16):
            output = self.model(x)
            loss = self.criterion(output.float(), y)
        scaled = self.scaler.scale(loss)
        scaled.backward()
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.zero_grad()
        return loss.detach()

    def fit(self, loader, epochs):
        for epoch in range(epochs):
            losses = [self.train_step(x, y) for x, y in loader]
            print(epoch, torch.stack(losses).mean().item())


torch.manual_seed(1)
x = torch.rand(120, 3)
y = (x[:, :1] - x[:, 1:2]).abs()
loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), batch_size=20)
Trainer(nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 1))).fit(loader, 3)
