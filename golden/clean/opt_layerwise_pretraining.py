# Greedy layer-wise training of an autoencoder stack: layer i has its own optimizer.
import torch
from torch import nn
from torch.optim import Adam

torch.manual_seed(0)
data = torch.tanh(torch.randn(256, 4) @ torch.randn(4, 24))
sizes = [24, 16, 8, 4]

encoders = nn.ModuleList([nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])])
decoders = nn.ModuleList([nn.Linear(b, a) for a, b in zip(sizes, sizes[1:])])

features = data
for i in range(len(encoders)):
    enc, dec = encoders[i], decoders[i]
    optimizer = Adam(list(enc.parameters()) + list(dec.parameters()), lr=5e-3)
    for epoch in range(5):
        for chunk in features.split(64):
            recon = dec(torch.tanh(enc(chunk)))
            loss = ((recon - chunk) ** 2).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    print('layer', i, 'reconstruction error', round(loss.item(), 4))
    with torch.no_grad():
        features = torch.tanh(enc(features))
