import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class Trainer:
    def __init__(self, model, loader, accumulate=4):
        self.model = model
        self.loader = loader
        self.accumulate = accumulate
        self.optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        self.criterion = nn.CrossEntropyLoss()
        self.scaler = torch.amp.GradScaler("cpu", enabled=False)

    def update(self):
        self.scaler.unscale_(self.optimizer)
        grads = [p.grad for p in self.model.parameters() if p.grad is not None]
        torch._foreach_div_(grads, float(self.accumulate))
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.zero_grad()

    def run(self, epochs):
        for epoch in range(epochs):
            self.optimizer.zero_grad()
            for i, (x, y) in enumerate(self.loader):
                loss = self.criterion(self.model(x), y)
                self.scaler.scale(loss).backward()
                if (i + 1) % self.accumulate == 0:
                    self.update()
            print("epoch", epoch, "loss", loss.item())


if __name__ == "__main__":
    torch.manual_seed(0)
    y = torch.randint(0, 3, (240,))
    x = torch.randn(240, 5)
    x[torch.arange(240), y] += 2
    loader = DataLoader(TensorDataset(x, y), batch_size=10, shuffle=True)
    Trainer(nn.Sequential(nn.Linear(5, 24), nn.ReLU(), nn.Linear(24, 3)), loader).run(4)
