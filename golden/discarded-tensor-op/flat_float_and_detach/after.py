# A linear probe on features that are meant to be cut off from the encoder
import torch as th
import torch.nn.functional as F

th.manual_seed(1)
encoder = th.nn.Sequential(th.nn.Linear(8, 8), th.nn.Tanh())
probe = th.nn.Linear(8, 1)
opt = th.optim.SGD([*encoder.parameters(), *probe.parameters()], lr=0.1)
data = th.randn(96, 8)
target = (data[:, 0] > 0)

for epoch in range(3):
    for start in range(0, 96, 24):
        rows = data[start:start + 24]
        wanted = target[start:start + 24].float()
        codes = encoder(rows)
        codes = codes.detach()
        scores = probe(codes).squeeze(1)
        scores = scores.float()
        opt.zero_grad()
        F.binary_cross_entropy_with_logits(scores, wanted).backward()
        opt.step()
