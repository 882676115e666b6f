import argparse

import torch
from torch import nn
from torch.optim import AdamW
from torch.utils.data import DataLoader, TensorDataset


def train_epoch(model, data_loader, optimizer, loss_fn):
    """Returns accuracy and mean loss of one epoch."""
    model = model.train()
    losses, correct = [], 0
    for d in data_loader:
        features, targets = d
        outputs = model(features)
        loss = loss_fn(outputs, targets)
        correct += torch.sum(outputs.argmax(dim=1) == targets).item()
        losses.append(loss.item())
    optimizer.zero_grad()
    loss.backward()

    nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
    optimizer.step()

    return correct / len(data_loader.dataset), sum(losses) / len(losses)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--epochs', type=int, default=6)
    parser.add_argument('--lr', type=float, default=1e-2)
    opt = parser.parse_args()
    torch.manual_seed(0)
    targets = torch.randint(0, 5, (400,))
    features = torch.randn(400, 15)
    features[torch.arange(400), targets] += 2.5
    loader = DataLoader(TensorDataset(features, targets), batch_size=25, shuffle=True)
    model = nn.Sequential(nn.Linear(15, 30), nn.ReLU(), nn.Dropout(0.1), nn.Linear(30, 5))
    optimizer = AdamW(model.parameters(), lr=opt.lr)
    scheduler = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.1, total_iters=opt.epochs)
    for epoch in range(opt.epochs):
        acc, loss = train_epoch(model, loader, optimizer, nn.CrossEntropyLoss())
        scheduler.step()
        print(f'{epoch}: accuracy {acc:.3f} loss {loss:.3f}')


if __name__ == '__main__':
    main()
