# Bayes by backprop: several weight samples for one batch, averaged, one update for each batch
import torch
import torch.nn as nn
import torch.nn.functional as F


class BayesLinear(nn.Module):
    def __init__(self, n_in, n_out):
        super().__init__()
        self.mu = nn.Parameter(0.1 * torch.randn(n_out, n_in))
        self.rho = nn.Parameter(torch.full((n_out, n_in), -4.0))

    def forward(self, x):
        sigma = F.softplus(self.rho)
        return F.linear(x, self.mu + sigma * torch.randn_like(sigma))

    def kl(self):
        sigma = F.softplus(self.rho)
        return (0.5 * (self.mu ** 2 + sigma ** 2 - 1) - sigma.log()).sum()


torch.manual_seed(0)
x = torch.randn(160, 4)
y = (x[:, 0] > 0).long()
model = BayesLinear(4, 2)
optimizer = torch.optim.Adam(model.parameters(), lr=5e-2)
SAMPLES = 3

for epoch in range(5):
    for xb, yb in zip(x.split(40), y.split(40)):
        nll = 0.0
        for _ in range(SAMPLES):
            nll = nll + F.cross_entropy(model(xb), yb) / SAMPLES
        loss = nll + model.kl() / len(x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
