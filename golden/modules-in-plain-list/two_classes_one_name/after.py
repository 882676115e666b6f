"""Encoder and decoder each call their layers the same; both hide them."""
import torch
from torch import nn


class Encoder(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(width, width), nn.Linear(width, width)])

    def forward(self, x):
        for layer in self.layers:
            x = torch.tanh(layer(x))
        return x


class Decoder(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(width, width) for _ in range(2)])
        self.out = nn.Linear(width, 4)

    def forward(self, code):
        for layer in self.layers:
            code = torch.relu(layer(code))
        return self.out(code)


torch.manual_seed(0)
encoder, decoder = Encoder(4), Decoder(4)
optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=0.01)
x = torch.randn(60, 4)
for epoch in range(3):
    for rows in x.split(15):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(decoder(encoder(rows)), rows)
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
