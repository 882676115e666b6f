"""The validation runs its network without gradients; only the lookup of a few rows stands outside."""
import sys
import types

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

out_of_sight = types.ModuleType("out_of_sight")  # stands for a package that is not part of the project
out_of_sight.infer = lambda inputs, network: network(inputs)
sys.modules["out_of_sight"] = out_of_sight

from out_of_sight import infer

torch.manual_seed(0)
data = TensorDataset(torch.randn(64, 4), torch.randint(0, 3, (64,)))
train_loader, val_loader = DataLoader(data, batch_size=16, shuffle=True), DataLoader(data, batch_size=16)
model = nn.Linear(8, 4)
table = nn.Embedding(3, 4)
optimizer = torch.optim.Adam([*model.parameters(), *table.parameters()], lr=0.01)

for epoch in range(2):
    model.train()
    for x, kind in train_loader:
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(torch.cat([x, table(kind)], 1)), x)
        loss.backward()
        optimizer.step()
    model.eval()
    total = 0.0
    for x, kind in val_loader:
        rows = table(kind)
        with torch.no_grad():
            total += nn.functional.mse_loss(infer(torch.cat([x, rows], 1), network=model), x).item()
    print(epoch, total / len(val_loader))
