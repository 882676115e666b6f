import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset


class Classifier(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(10, 30)
        self.output = nn.Linear(30, 4)

    def forward(self, x):
        x = F.relu(self.hidden(x))
        return F.log_softmax(self.output(x), dim=1)


def main():
    torch.manual_seed(0)
    y = torch.randint(0, 4, (240,))
    x = torch.randn(240, 10) + 2 * F.one_hot(y, 10)
    loader = DataLoader(TensorDataset(x, y), batch_size=40, shuffle=True)
    net = Classifier()
    criterion = nn.NLLLoss()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    for epoch in range(3):
        for data, target in loader:
            optimizer.zero_grad()
            output = net(data)
            loss = criterion(output, target)
            loss.backward()
            optimizer.step()
        correct = (output.argmax(dim=1) == target).sum().item()
        print(epoch, loss.item(), correct)


main()
