"""Encoder, decoder and classifier each have an optimizer; one method resets them all."""
import torch
import torch.nn.functional as F
from torch import nn
from torch.optim import Adam


class Solver:
    def __init__(self, lr=1e-3):
        self.encoder = nn.Linear(12, 6)
        self.decoder = nn.Linear(6, 12)
        self.head = nn.Linear(6, 3)
        self.opt_enc = Adam(self.encoder.parameters(), lr=lr)
        self.opt_dec = Adam(self.decoder.parameters(), lr=lr)
        self.opt_head = Adam(self.head.parameters(), lr=lr)

    def reset_grad(self):
        self.opt_enc.zero_grad()
        self.opt_dec.zero_grad()
        self.opt_head.zero_grad()

    def fit(self, x, y, steps=40, batch_size=32):
        for step in range(steps):
            pick = torch.randint(0, len(x), (batch_size,))
            xb, yb = x[pick], y[pick]

            # reconstruction phase
            rec = F.mse_loss(self.decoder(self.encoder(xb)), xb)
            rec.backward()
            self.opt_enc.step()
            self.opt_dec.step()
            self.reset_grad()

            # classification phase
            loss_cls = F.cross_entropy(self.head(self.encoder(xb)), yb)
            loss_cls.backward()
            self.opt_enc.step()
            self.opt_head.step()
            self.reset_grad()

            if step % 10 == 0:
                print(f'[{step:3d}] rec {rec.item():.3f} cls {loss_cls.item():.3f}')


torch.manual_seed(5)
y = torch.randint(0, 3, (200,))
x = torch.eye(3, 12)[y] * 3 + torch.randn(200, 12)
Solver(lr=5e-3).fit(x, y)
