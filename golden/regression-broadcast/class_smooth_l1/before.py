import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset


class PriceNet(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.hidden = nn.Linear(features, 20)
        self.price = nn.Linear(20, 1)

    def forward(self, x):
        return self.price(torch.tanh(self.hidden(x)))


def train(epochs):
    rooms = torch.rand(120, 4)
    prices = 3 * rooms.mean(dim=1) + 1
    net = PriceNet(4)
    opt = torch.optim.SGD(net.parameters(), lr=0.1)
    for epoch in range(epochs):
        for a, b in DataLoader(TensorDataset(rooms, prices), batch_size=24):
            loss = F.smooth_l1_loss(net(a), b)
            opt.zero_grad()
            loss.backward()
            opt.step()
        print("epoch", epoch, "loss", loss.item())


if __name__ == "__main__":
    torch.manual_seed(0)
    train(3)
