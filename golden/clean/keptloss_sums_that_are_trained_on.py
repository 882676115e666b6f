"""Sums of losses with their graphs, and a backward from each sum: terms, tasks, steps in time, batches."""
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(1)
x = torch.randn(64, 6)
loader = DataLoader(TensorDataset(x, x.sum(1, keepdim=True)), batch_size=16, shuffle=True)
body, heads = nn.Linear(6, 8), nn.ModuleList(nn.Linear(8, 1) for _ in range(3))
cell, out = nn.GRUCell(1, 8), nn.Linear(8, 1)
optimizer = torch.optim.Adam([*body.parameters(), *heads.parameters(), *cell.parameters(), *out.parameters()], lr=0.01)

for epoch in range(2):
    # terms of one batch
    for a, b in loader:
        loss = 0
        for head in heads:
            loss += F.mse_loss(head(body(a)), b)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    # steps in time
    for a, b in loader:
        state, losses = torch.zeros(len(a), 8), []
        for t in range(a.size(1) - 1):
            state = cell(a[:, t:t + 1], state)
            losses.append(F.mse_loss(out(state), a[:, t + 1:t + 2]))
        optimizer.zero_grad()
        torch.stack(losses).mean().backward()
        optimizer.step()

    # all batches at once
    total = 0.0
    for a, b in loader:
        total = total + F.mse_loss(heads[0](body(a)), b)
    optimizer.zero_grad()
    (total / len(loader)).backward()
    optimizer.step()

    # each term has its own backward; their sum lives for one batch only
    for a, b in loader:
        optimizer.zero_grad()
        shown = 0
        for head in heads:
            term = F.l1_loss(head(body(a)), b)
            term.backward()
            shown = shown + term
        optimizer.step()
    print(epoch, total.item(), shown.item())
