import torch
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset


def make_loader():
    torch.manual_seed(0)
    x = torch.linspace(-2, 2, 256).unsqueeze(1)
    y = torch.sin(2 * x) + 0.05 * torch.randn_like(x)
    return DataLoader(TensorDataset(x, y), batch_size=32, shuffle=True)


def train(net, loader, epochs=60):
    loss_fn = nn.MSELoss()
    opt = optim.Adam(net.parameters(), lr=0.01, weight_decay=1e-3)
    for epoch in range(epochs):
        opt.zero_grad()
        epoch_loss = 0.0
        # the whole data set does not fit at once, so collect its gradient in pieces
        for xb, yb in loader:
            loss = loss_fn(net(xb), yb)
            loss.backward()
            epoch_loss += loss.item()
        opt.step()
        if epoch % 10 == 0:
            print(f"epoch {epoch:3d}  mse {epoch_loss / len(loader):.4f}")


if __name__ == "__main__":
    loader = make_loader()
    net = nn.Sequential(nn.Linear(1, 32), nn.Tanh(), nn.Linear(32, 1))
    train(net, loader)
