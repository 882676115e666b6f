import torch
import torch.nn as nn

torch.manual_seed(0)
series = torch.sin(torch.arange(0, 401) * 0.3).view(-1, 1, 1).repeat(1, 4, 1) + 0.05 * torch.randn(401, 4, 1)
cell = nn.GRUCell(1, 16)
readout = nn.Linear(16, 1)
params = list(cell.parameters()) + list(readout.parameters())
optimizer = torch.optim.Adam(params, lr=1e-2)
BPTT = 20

for epoch in range(2):
    hidden = torch.zeros(4, 16)
    for start in range(0, 400, BPTT):
        hidden = hidden.detach()
        losses = []
        for t in range(start, start + BPTT):
            hidden = cell(series[t], hidden)
            losses.append((readout(hidden) - series[t + 1]).pow(2).mean())
        loss = sum(losses) / BPTT
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(params, 1.0)
        optimizer.step()
    print('epoch', epoch, 'loss', loss.item())
