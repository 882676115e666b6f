import torch
from torch import nn, optim

torch.manual_seed(11)
tokens = torch.randint(0, 12, (300, 6))
labels = (tokens.sum(1) % 2).long()


class Bag(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.EmbeddingBag(12, 16)
        self.head = nn.Linear(16, 2)

    def forward(self, x):
        return self.head(self.embed(x))


net = Bag()
optimizer = optim.AdamW(net.parameters(), lr=1e-2)
warmup = optim.lr_scheduler.LinearLR(optimizer, start_factor=0.1, total_iters=20)
size = 30
for epoch in range(3):
    order = torch.randperm(len(tokens))
    for start in range(0, len(tokens), size):
        rows = order[start:start + size]
        loss = nn.functional.cross_entropy(net(tokens[rows]), labels[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        warmup.step()
    print(epoch, loss.item(), warmup.get_last_lr()[0])
