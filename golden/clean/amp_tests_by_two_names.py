"""Whether mixed precision is on is asked in two ways that mean the same."""
import torch
from torch import nn


def fit(model, data, use_amp):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cpu") if use_amp else None
    for x in data.split(8):
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=use_amp):
            loss = model(x).float().pow(2).mean()
        if use_amp:
            scaler.scale(loss).backward()
        else:
            loss.backward()
        if scaler is not None:
            scaler.unscale_(optimizer)
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            scaler.step(optimizer)
            scaler.update()
        else:
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
        print(loss.item())


torch.manual_seed(7)
for amp in (True, False):
    fit(nn.Linear(3, 3), torch.randn(40, 3), amp)
