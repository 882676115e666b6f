import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


def compute_loss(net, batch, device):
    """Forward pass and loss of one batch."""
    x, y = (t.to(device) for t in batch)
    scores = net(x)
    # normalise over the classes
    dist = torch.softmax(scores, dim=1)
    return F.cross_entropy(dist, y)


def train_epoch(net, loader, optimizer, scheduler, device):
    net.train()
    losses = []
    for batch in loader:
        optimizer.zero_grad()
        loss = compute_loss(net, batch, device)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    scheduler.step()
    return sum(losses) / len(losses)


def main():
    torch.manual_seed(0)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    y = torch.randint(0, 5, (300,))
    x = torch.randn(300, 11) + 2 * F.one_hot(y, 11)
    loader = DataLoader(TensorDataset(x, y), batch_size=30, shuffle=True)
    net = nn.Sequential(nn.Linear(11, 40), nn.ReLU(), nn.Linear(40, 5)).to(device)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.95)
    for epoch in range(6):
        print(epoch, train_epoch(net, loader, optimizer, scheduler, device))


if __name__ == "__main__":
    main()
