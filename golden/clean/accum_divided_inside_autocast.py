import argparse

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def train(model, loader, optimizer, criterion, scaler, device, grad_accum, epochs):
    model.train()
    for epoch in range(epochs):
        epoch_loss = 0.0
        optimizer.zero_grad(set_to_none=True)
        for batch_idx, (data, target) in enumerate(loader):
            data, target = data.to(device), target.to(device)
            with torch.autocast(device_type=device, dtype=torch.bfloat16):
                output = model(data)
                loss = criterion(output, target) / grad_accum
            scaler.scale(loss).backward()
            epoch_loss += loss.item() * grad_accum
            if (batch_idx + 1) % grad_accum == 0 or batch_idx + 1 == len(loader):
                scaler.unscale_(optimizer)
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                scaler.step(optimizer)
                scaler.update()
                optimizer.zero_grad(set_to_none=True)
        print(f"epoch {epoch}: {epoch_loss / len(loader):.4f}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--grad-accum", type=int, default=4)
    args = parser.parse_args()

    torch.manual_seed(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    labels = torch.randint(0, 3, (240,))
    data = torch.randn(240, 6)
    data[torch.arange(240), labels] += 2.5
    loader = DataLoader(TensorDataset(data, labels), batch_size=12, shuffle=True)
    model = nn.Sequential(nn.Linear(6, 24), nn.ReLU(), nn.Linear(24, 3)).to(device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scaler = torch.amp.GradScaler(device, enabled=device == "cuda")
    train(model, loader, optimizer, nn.CrossEntropyLoss(), scaler, device, args.grad_accum, args.epochs)


if __name__ == "__main__":
    main()
