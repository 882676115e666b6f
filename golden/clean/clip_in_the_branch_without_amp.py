"""Each branch is right in its own way: with a scaler unscaled and clipped, without one only clipped."""
import argparse

import torch
from torch import nn

parser = argparse.ArgumentParser()
parser.add_argument("--amp", action="store_true")
args = parser.parse_args()
torch.manual_seed(6)
x = torch.randn(64, 4)
y = (x[:, 0] > 0).long()
model = nn.Linear(4, 2)
optimizer = torch.optim.AdamW(model.parameters(), lr=0.02)
scaler = torch.amp.GradScaler("cpu") if args.amp else None
for rows in torch.arange(64).split(8):
    optimizer.zero_grad()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=args.amp):
        loss = nn.functional.cross_entropy(model(x[rows]).float(), y[rows])
    if args.amp:
        scaler.scale(loss).backward()
        scaler.unscale_(optimizer)
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        scaler.step(optimizer)
        scaler.update()
    else:
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    print(loss.item())
