"""Consecutive windows of a slow signal overlap almost fully, so an update is made on every
fourth one only; the others serve for the running error."""
import torch
import torch.nn as nn

torch.manual_seed(0)
signal = torch.sin(torch.arange(0, 60, 0.1)) + 0.05 * torch.randn(600)
model = nn.Linear(10, 1)
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
criterion = nn.MSELoss()
thin = 4

for epoch in range(3):
    error, steepest = 0.0, 0.0
    for i in range(0, 580):
        window, target = signal[i:i + 10], signal[i + 10:i + 11]
        optimizer.zero_grad()
        loss = criterion(model(window), target)
        loss.backward()
        error += loss.item()
        steepest = max(steepest, model.weight.grad.norm().item())
        if (i + 1) % thin == 0:
            optimizer.step()
    print(f"epoch {epoch} error {error / 580:.4f} steepest gradient {steepest:.3f}")
