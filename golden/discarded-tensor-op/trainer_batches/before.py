"""A trainer class whose batches never reach the device."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Trainer:
    def __init__(self, model, loader, device):
        self.model, self.loader, self.device = model.to(device), loader, device
        self.loss_fn = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=0.01)

    def run(self, epochs):
        for epoch in range(epochs):
            total = 0.0
            for images, labels in self.loader:
                images.to(self.device)
                labels.to(self.device, non_blocking=True)  # both are needed there
                self.optimizer.zero_grad()
                loss = self.loss_fn(self.model(images), labels)
                loss.backward()
                self.optimizer.step()
                total += loss.item()
            print(epoch, total / len(self.loader))


torch.manual_seed(0)
x = torch.randn(120, 6)
y = x[:, :3].argmax(1)
device = "cuda" if torch.cuda.is_available() else "cpu"
loader = DataLoader(TensorDataset(x, y), batch_size=24, shuffle=True)
Trainer(nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 3)), loader, torch.device(device)).run(3)
