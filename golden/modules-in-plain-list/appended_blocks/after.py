import torch
from torch.nn import Conv1d, Linear, Module, ReLU, Sequential
from torch.nn import functional as F


class Block(Module):
    def __init__(self, channels):
        super().__init__()
        self.body = Sequential(Conv1d(channels, channels, 3, padding=1), ReLU())

    def forward(self, x):
        return x + self.body(x)


class Net(Module):
    def __init__(self, channels, blocks):
        super(Net, self).__init__()
        self.stem = Conv1d(1, channels, 3, padding=1)
        self.blocks = torch.nn.ModuleList()
        for _ in range(blocks):
            self.blocks.append(Block(channels))
        self.head = Linear(channels, 2)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.head(x.mean(dim=2))


def main():
    torch.manual_seed(0)
    x = torch.randn(80, 1, 12)
    y = (x[:, 0, 0] > x[:, 0, -1]).long()
    net = Net(4, 2)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    for epoch in range(3):
        for i in range(0, 80, 20):
            loss = F.cross_entropy(net(x[i:i + 20]), y[i:i + 20])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(epoch, loss.item())


if __name__ == "__main__":
    main()
