"""Mean loss per sample, returned by the function that trains one epoch."""
import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset


def train_one_epoch(model, loader, optimizer):
    model.train()
    epoch_loss, samples = 0, 0
    for x, y in loader:
        optimizer.zero_grad()
        loss = F.smooth_l1_loss(model(x), y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        epoch_loss = epoch_loss + loss.detach() * x.size(0)
        samples += x.size(0)
    return epoch_loss / samples


def main():
    torch.manual_seed(5)
    x = torch.randn(100, 3)
    y = (x ** 2).sum(1, keepdim=True)
    loader = DataLoader(TensorDataset(x, y), batch_size=24, shuffle=True)
    model = nn.Sequential(nn.Linear(3, 24), nn.GELU(), nn.Linear(24, 1))
    optimizer = optim.AdamW(model.parameters(), lr=0.02)
    for epoch in range(4):
        print(epoch, train_one_epoch(model, loader, optimizer).item())


if __name__ == "__main__":
    main()
