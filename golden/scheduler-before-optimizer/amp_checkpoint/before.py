import argparse
import io

import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset


def train_one_epoch(model, loader, optimizer, scaler, device):
    for image, target in loader:
        image, target = image.to(device), target.to(device)
        with torch.autocast(device_type=device, enabled=scaler.is_enabled()):
            loss = nn.functional.cross_entropy(model(image), target)
        optimizer.zero_grad(set_to_none=True)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()
    return loss.item()


def main(args):
    torch.manual_seed(args.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    image = torch.randn(120, 1, 6, 6)
    target = (image.mean((1, 2, 3)) > 0).long()
    loader = DataLoader(TensorDataset(image, target), batch_size=20, shuffle=True)
    model = nn.Sequential(nn.Flatten(), nn.Linear(36, 32), nn.GELU(), nn.Linear(32, 2)).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.lr, weight_decay=0.01)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=args.lr_step, gamma=0.5)
    scaler = torch.amp.GradScaler(device, enabled=device == "cuda")
    for epoch in range(args.epochs):
        scheduler.step()
        loss = train_one_epoch(model, loader, optimizer, scaler, device)
        print(f"epoch {epoch} lr {scheduler.get_last_lr()[0]:.4f} loss {loss:.3f}")
        torch.save(
            {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "scheduler": scheduler.state_dict()},
            io.BytesIO(),
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--lr", type=float, default=0.01)
    parser.add_argument("--lr-step", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    main(parser.parse_args())
