import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Trainer:
    def __init__(self, model, loader, lr=0.05, accum_steps=4, max_norm=1.0):
        self.model = model
        self.loader = loader
        self.accum_steps = accum_steps
        self.max_norm = max_norm
        self.loss_fn = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(model.parameters(), lr=lr, momentum=0.9)

    def _train_epoch(self, epoch):
        self.model.train()
        self.optimizer.zero_grad()
        log_loss = 0.0
        for i, (x, y) in enumerate(self.loader):
            logits = self.model(x)
            loss = self.loss_fn(logits, y)
            log_loss += loss.item()

            loss.backward()

            if (i + 1) % self.accum_steps == 0 or (i + 1) == len(self.loader):
                nn.utils.clip_grad_norm_(self.model.parameters(), self.max_norm)
                self.optimizer.step()
                self.optimizer.zero_grad()
        print(f"[epoch {epoch}] train loss {log_loss / len(self.loader):.4f}")

    def train(self, epochs):
        for epoch in range(1, epochs + 1):
            self._train_epoch(epoch)


def rings(n=260):
    y = torch.randint(0, 3, (n,))
    radius = 1.0 + y + 0.2 * torch.randn(n)
    angle = 6.28 * torch.rand(n)
    return TensorDataset(torch.stack([radius * angle.cos(), radius * angle.sin()], 1), y)


if __name__ == "__main__":
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 48), nn.ReLU(), nn.Linear(48, 3))
    Trainer(model, DataLoader(rings(), batch_size=10, shuffle=True)).train(6)
