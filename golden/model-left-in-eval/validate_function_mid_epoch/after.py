"""Validates every few batches, in a function that switches the network to evaluation."""
import torch
import torch.nn.functional as F
from torch import nn


class SmallNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(1, 8, 5, padding=2)
        self.norm = nn.BatchNorm1d(8)
        self.fc = nn.Linear(8, 1)

    def forward(self, x):
        return self.fc(F.relu(self.norm(self.conv(x))).mean(2)).squeeze(1)


@torch.no_grad()
def validation_loss(net, signals, answers):
    net.eval()
    return F.mse_loss(net(signals), answers).item()


def main():
    torch.manual_seed(1)
    signals = torch.randn(200, 1, 24)
    answers = signals.mean((1, 2)) * 5
    net = SmallNet()
    opt = torch.optim.SGD(net.parameters(), lr=0.05)
    for epoch in range(2):
        order = torch.randperm(160)
        for step, start in enumerate(range(0, 160, 20)):
            rows = order[start:start + 20]
            opt.zero_grad()
            F.mse_loss(net(signals[rows]), answers[rows]).backward()
            opt.step()
            if step % 4 == 3:
                found = validation_loss(net, signals[160:], answers[160:])
                net.train()
                print(epoch, step, round(found, 4))


if __name__ == "__main__":
    main()
