"""Backward, clipping and the conditional update live in a callable; the loop divides in place."""
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


class LossScaler:
    def __init__(self, enabled=False):
        self._scaler = torch.amp.GradScaler("cpu", enabled=enabled)

    def __call__(self, loss, optimizer, parameters, clip_grad=None, update_grad=True):
        self._scaler.scale(loss).backward()
        if update_grad:
            self._scaler.unscale_(optimizer)
            if clip_grad is not None:
                nn.utils.clip_grad_norm_(parameters, clip_grad)
            self._scaler.step(optimizer)
            self._scaler.update()


def train_one_epoch(model, data_loader, optimizer, loss_scaler, criterion, accum_iter):
    model.train()
    optimizer.zero_grad()
    meter = 0.0
    for it, (samples, targets) in enumerate(data_loader):
        loss = criterion(model(samples), targets)
        meter += loss.item()
        loss /= accum_iter
        loss_scaler(loss, optimizer, model.parameters(), clip_grad=1.0, update_grad=(it + 1) % accum_iter == 0)
        if (it + 1) % accum_iter == 0:
            optimizer.zero_grad()
    return meter / len(data_loader)


if __name__ == "__main__":
    torch.manual_seed(0)
    targets = torch.randint(0, 5, (300,))
    samples = torch.randn(300, 8)
    samples[torch.arange(300), targets] += 2.5
    data_loader = DataLoader(TensorDataset(samples, targets), batch_size=10, shuffle=True)
    model = nn.Sequential(nn.Linear(8, 32), nn.GELU(), nn.Linear(32, 5))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    for epoch in range(4):
        print(epoch, train_one_epoch(model, data_loader, optimizer, LossScaler(), nn.CrossEntropyLoss(), accum_iter=3))
