"""Discrete bottleneck: a relaxed one-hot code in the middle, logits at the end."""
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)


class DiscreteBottleneck(nn.Module):
    def __init__(self, d_in, codes, d_out):
        super().__init__()
        self.enc = nn.Linear(d_in, codes)
        self.book = nn.Linear(codes, 16, bias=False)
        self.dec = nn.Linear(16, d_out)

    def forward(self, x, tau=0.7):
        code = F.gumbel_softmax(self.enc(x), tau=tau, hard=False)
        usage = self.enc(x).softmax(dim=1).mean(dim=0)
        return self.dec(torch.relu(self.book(code))), usage


labels = torch.randint(0, 4, (240,))
data = torch.randn(240, 8)
data[torch.arange(240), labels] += 3

net = DiscreteBottleneck(8, 12, 4)
opt = torch.optim.Adam(net.parameters(), lr=0.02)
for epoch in range(8):
    for idx in torch.randperm(240).split(30):
        out, usage = net(data[idx])
        entropy = -(usage * (usage + 1e-8).log()).sum()
        loss = F.cross_entropy(out, labels[idx]) - 0.01 * entropy
        opt.zero_grad()
        loss.backward()
        opt.step()
    print(epoch, loss.item())
