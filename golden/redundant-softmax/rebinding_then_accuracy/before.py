import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset


class Runner:
    def __init__(self, net, train_set, lr=0.05):
        self.net = net
        self.data = DataLoader(train_set, batch_size=25, shuffle=True)
        self.optim = torch.optim.SGD(net.parameters(), lr=lr, momentum=0.9)

    def epoch(self):
        self.net.train()
        correct = total = 0
        loss_sum = 0.0
        for img, lab in self.data:
            self.optim.zero_grad()
            out = self.net(img)
            out = F.softmax(out, 1)
            loss = F.cross_entropy(out, lab)
            loss.backward()
            self.optim.step()

            _, predicted = out.max(1)
            total += lab.size(0)
            correct += predicted.eq(lab).sum().item()
            loss_sum += loss.item() * lab.size(0)
        return loss_sum / total, correct / total


def patterns(n):
    lab = torch.randint(0, 3, (n,))
    img = 0.5 * torch.randn(n, 1, 6, 6)
    img[lab == 0, :, 2:4, :] += 1
    img[lab == 1, :, :, 2:4] += 1
    img[lab == 2, :, :3, :3] += 1
    return TensorDataset(img, lab)


if __name__ == "__main__":
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(1, 6, 3), nn.ReLU(), nn.Flatten(), nn.Linear(96, 3))
    runner = Runner(net, patterns(250))
    for e in range(5):
        print(e, *runner.epoch())
