import argparse

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

LOSSES = {"mse": nn.MSELoss, "l1": nn.L1Loss, "ce": nn.CrossEntropyLoss}


class Net(nn.Module):
    def __init__(self, normalise):
        super().__init__()
        self.fc = nn.Linear(5, 3)
        self.normalise = normalise

    def forward(self, x):
        x = self.fc(x)
        if self.normalise:  # regression on distributions wants a simplex
            x = torch.softmax(x, dim=1)
        return x


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--loss", choices=sorted(LOSSES), default="mse")
    args = parser.parse_args()

    torch.manual_seed(0)
    target = torch.distributions.Dirichlet(torch.ones(3)).sample((200,))
    data = torch.cat([target.log(), torch.randn(200, 2)], dim=1)
    loader = DataLoader(TensorDataset(data, target), batch_size=20, shuffle=True)

    criterion = LOSSES[args.loss]()
    net = Net(normalise=args.loss != "ce")
    optimizer = torch.optim.Adam(net.parameters(), lr=0.05)
    for epoch in range(5):
        for x, t in loader:
            optimizer.zero_grad()
            loss = criterion(net(x), t)
            loss.backward()
            optimizer.step()
        print(epoch, args.loss, loss.item())


if __name__ == "__main__":
    main()
