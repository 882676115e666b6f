"""Two softmax outputs, binary cross-entropy on the second: probabilities are what BCELoss expects."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(7, 20)
        self.fc2 = nn.Linear(20, 2)

    def forward(self, x):
        return F.softmax(self.fc2(torch.tanh(self.fc1(x))), dim=1)


def main():
    torch.manual_seed(0)
    y = torch.randint(0, 2, (200,)).float()
    x = torch.randn(200, 7) + y[:, None]
    net = Net()
    criterion = nn.BCELoss()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    for epoch in range(6):
        for i in range(0, 200, 20):
            optimizer.zero_grad()
            positive = net(x[i:i + 20])[:, 1]
            loss = criterion(positive, y[i:i + 20])
            loss.backward()
            optimizer.step()
        print("epoch", epoch, "loss", loss.item())


if __name__ == "__main__":
    main()
