import torch
from torch import nn

torch.manual_seed(0)
encoder, decoder = nn.Linear(8, 3), nn.Linear(3, 8)

# The encoder was trained before.
for p in encoder.parameters():
    p.requires_grad = False

optimizer = torch.optim.SGD([*encoder.parameters(), *decoder.parameters()], lr=0.05)
data = torch.randn(96, 8)
for epoch in range(3):
    for x in data.split(24):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(decoder(encoder(x)), x)
        loss.backward()
        optimizer.step()
    print(epoch, loss.item())
