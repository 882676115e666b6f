import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


def dice(net, loader):
    net.eval()
    total = 0.0
    with torch.no_grad():
        for image, mask in loader:
            guess = (net(image) > 0).float()
            total += (2 * (guess * mask).sum() / (guess.sum() + mask.sum() + 1e-6)).item()
    return total / len(loader)


def fit(net, train_loader, val_loader, epochs, every):
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
    bce = nn.BCEWithLogitsLoss()
    seen = 0
    for epoch in range(epochs):
        net.train()
        for image, mask in train_loader:
            optimizer.zero_grad()
            loss = bce(net(image), mask)
            loss.backward()
            optimizer.step()
            seen += 1
            if val_loader is not None and seen % every == 0:
                print(epoch, seen, dice(net, val_loader))
                net.train()


if __name__ == "__main__":
    torch.manual_seed(0)
    images = torch.randn(96, 1, 8, 8)
    masks = (images > 0.5).float()
    train_loader = DataLoader(TensorDataset(images[:64], masks[:64]), batch_size=8, shuffle=True)
    val_loader = DataLoader(TensorDataset(images[64:], masks[64:]), batch_size=8)
    net = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 1, 1))
    fit(net, train_loader, val_loader, 3, 3)
