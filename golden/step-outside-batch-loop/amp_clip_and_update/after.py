import torch
from torch import nn
from torch.amp import GradScaler, autocast
from torch.utils.data import DataLoader, TensorDataset


def main():
    torch.manual_seed(0)
    use_amp = torch.cuda.is_available()
    device = 'cuda' if use_amp else 'cpu'
    y = torch.randint(0, 2, (256, 1)).float()
    x = torch.randn(256, 8) + y
    loader = DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)
    model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 1)).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=6)
    scaler = GradScaler(device, enabled=use_amp)
    bce = nn.BCEWithLogitsLoss()

    for epoch in range(6):
        for xb, yb in loader:
            xb, yb = xb.to(device), yb.to(device)
            with autocast(device, enabled=use_amp):
                loss = bce(model(xb), yb)
            optimizer.zero_grad()
            # scale, unscale, clip, update
            scaler.scale(loss).backward()
            scaler.unscale_(optimizer)
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            scaler.step(optimizer)
            scaler.update()

        scheduler.step()
        print(f'epoch {epoch + 1}: {loss.item():.4f}')


if __name__ == '__main__':
    main()
