"""Only the big model's loss is scaled; the small one takes plain steps on a loss of its own."""
import torch
from torch import nn

torch.manual_seed(9)
big, small = nn.Linear(8, 4), nn.Linear(4, 1)
big_opt = torch.optim.SGD(big.parameters(), lr=0.1)
small_opt = torch.optim.SGD(small.parameters(), lr=0.1)
scaler = torch.amp.GradScaler("cpu", init_scale=64.0)
for x in torch.randn(48, 8).split(8):
    big_opt.zero_grad()
    small_opt.zero_grad()
    features = big(x)
    scaler.scale(features.pow(2).mean()).backward()
    scaler.step(big_opt)
    scaler.update()
    loss = (small(features.detach()) - 1).pow(2).mean()
    loss.backward()
    small_opt.step()
    print(loss.item())
