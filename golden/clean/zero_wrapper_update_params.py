"""An optimizer wrapper with a single call that zeroes, differentiates, clips and steps."""
import torch
from torch import nn


class OptimWrapper:
    def __init__(self, optimizer, clip=None):
        self.optimizer = optimizer
        self.clip = clip

    def update_params(self, loss):
        self.optimizer.zero_grad()
        loss.backward()
        if self.clip:
            params = [p for g in self.optimizer.param_groups for p in g['params']]
            nn.utils.clip_grad_norm_(params, self.clip)
        self.optimizer.step()


torch.manual_seed(0)
model = nn.Sequential(nn.Linear(3, 12), nn.Tanh(), nn.Linear(12, 1))
wrapper = OptimWrapper(torch.optim.Adam(model.parameters(), lr=0.02), clip=1.0)
x = torch.rand(128, 3)
y = x.std(dim=1, keepdim=True)
for epoch in range(6):
    for start in range(0, 128, 32):
        loss = nn.functional.mse_loss(model(x[start:start + 32]), y[start:start + 32])
        wrapper.update_params(loss)
    print(epoch, loss.item())
