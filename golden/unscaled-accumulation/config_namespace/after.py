from types import SimpleNamespace

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

hp = SimpleNamespace(lr=0.02, epochs=4, bs=6, accum=5, clip=0.25)

torch.manual_seed(0)
centre = torch.randn(4, 9)
label = torch.randint(0, 4, (300,))
point = centre[label] + 0.6 * torch.randn(300, 9)
train_dl = DataLoader(TensorDataset(point, label), batch_size=hp.bs, shuffle=True)

model = nn.Sequential(nn.Linear(9, 36), nn.SiLU(), nn.Linear(36, 4))
optimizer = torch.optim.SGD(model.parameters(), lr=hp.lr, momentum=0.9)

for epoch in range(hp.epochs):
    optimizer.zero_grad()
    epoch_loss = 0.0
    for i, batch in enumerate(train_dl):
        xb, yb = batch
        loss = F.cross_entropy(model(xb), yb)
        (loss / hp.accum).backward()
        epoch_loss += loss.item()
        if i % hp.accum == hp.accum - 1:
            nn.utils.clip_grad_norm_(model.parameters(), hp.clip)
            optimizer.step()
            optimizer.zero_grad()
    print(f"{epoch}: {epoch_loss / len(train_dl):.4f}")
