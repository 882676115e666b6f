import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)

micro_batches = 4
inv = 1.0 / micro_batches

y = torch.randint(0, 2, (256,))
x = torch.randn(256, 3) + 2.0 * y[:, None]
net = nn.Linear(3, 2)
opt = torch.optim.SGD(net.parameters(), lr=0.2, momentum=0.9)

for epoch in range(4):
    for big in torch.randperm(256).split(64):
        opt.zero_grad(set_to_none=True)
        mean = 0.0
        for idx in big.chunk(micro_batches):
            loss = F.cross_entropy(net(x[idx]), y[idx])
            (loss * inv).backward()
            mean += loss.item() * inv
        opt.step()
    print(epoch, mean)
