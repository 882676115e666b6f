"""The helper that clips also unscales, when there is a scaler."""
import torch
from torch import nn


def clip(model, optimizer, scaler, bound):
    if scaler is not None:
        scaler.unscale_(optimizer)
    return nn.utils.clip_grad_norm_(model.parameters(), bound)


def train(model, optimizer, scaler, data):
    for batch in data.split(10):
        optimizer.zero_grad()
        loss = model(batch).square().mean()
        if scaler is not None:
            scaler.scale(loss).backward()
            norm = clip(model, optimizer, scaler, 0.1)
            scaler.step(optimizer)
            scaler.update()
        else:
            loss.backward()
            norm = clip(model, optimizer, None, 0.1)
            optimizer.step()
        print(loss.item(), norm.item())


torch.manual_seed(4)
for use in (False, True):
    model = nn.Linear(4, 4)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    train(model, optimizer, torch.amp.GradScaler("cpu") if use else None, torch.randn(50, 4))
