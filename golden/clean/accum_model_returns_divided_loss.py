"""The module is told the accumulation length and divides its own loss."""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


class LossModule(nn.Module):
    def __init__(self, net, accumulation):
        super().__init__()
        self.net = net
        self.accumulation = accumulation

    def forward(self, x, y):
        loss = F.cross_entropy(self.net(x), y)
        return loss / self.accumulation if self.training else loss


def main():
    torch.manual_seed(0)
    accumulation = 5
    y = torch.randint(0, 3, (300,))
    x = torch.randn(300, 6) + 2 * F.one_hot(y, 6)
    loader = DataLoader(TensorDataset(x, y), batch_size=12, shuffle=True)
    module = LossModule(nn.Linear(6, 3), accumulation)
    optimizer = torch.optim.SGD(module.parameters(), lr=0.3)
    for epoch in range(4):
        module.train()
        for i, (xb, yb) in enumerate(loader):
            loss = module(xb, yb)
            loss.backward()
            if (i + 1) % accumulation == 0:
                optimizer.step()
                optimizer.zero_grad()
        module.eval()
        with torch.no_grad():
            print("epoch", epoch, "loss", module(x, y).item())


if __name__ == "__main__":
    main()
