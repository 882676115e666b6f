"""Autoencoder with one optimizer for each half, both rebuilt in every epoch."""
import torch
import torch.nn as nn
import torch.optim as optim
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
data = torch.tanh(torch.randn(300, 3) @ torch.randn(3, 12))
loader = DataLoader(TensorDataset(data), batch_size=30, shuffle=True)
encoder = nn.Sequential(nn.Linear(12, 8), nn.ReLU(), nn.Linear(8, 3))
decoder = nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 12))
mse = nn.MSELoss()

for epoch in range(8):
    enc_opt = optim.Adam(encoder.parameters(), lr=5e-3)
    dec_opt = optim.Adam(decoder.parameters(), lr=1e-2)
    total = 0.0
    for (batch,) in loader:
        enc_opt.zero_grad()
        dec_opt.zero_grad()
        loss = mse(decoder(encoder(batch)), batch)
        loss.backward()
        enc_opt.step()
        dec_opt.step()
        total += loss.item()
    print(epoch, total / len(loader))
