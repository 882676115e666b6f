import torch
from torch import nn

torch.manual_seed(0)
batches = [torch.randn(16, 3) for _ in range(12)]
batches[5] = batches[5][:0]  # an empty batch
model = nn.Linear(3, 1)
opt = torch.optim.SGD(model.parameters(), lr=0.1)

for epoch in range(4):
    for n, x in enumerate(batches):
        opt.zero_grad()
        if len(x) == 0:
            continue
        loss = (model(x) - x.mean(1, keepdim=True)).abs().mean()
        if not torch.isfinite(loss):
            print('skip', n)
            continue
        loss.backward()
        opt.step()
    print(epoch, loss.item())
