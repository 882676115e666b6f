import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset


class Trainer:
    def __init__(self, net, loader):
        self.net, self.loader = net, loader
        self.loss_fn = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.Adam(net.parameters(), lr=0.01)

    def epoch(self):
        total = 0.0
        for features, target in self.loader:
            target = F.one_hot(target, 3).float()
            self.optimizer.zero_grad()
            loss = self.loss_fn(
                self.net(features),
                target,
            )
            loss.backward()
            self.optimizer.step()
            total += loss.item()
        return total / len(self.loader)


if __name__ == "__main__":
    torch.manual_seed(0)
    label = torch.randint(0, 3, (90,))
    data = TensorDataset(torch.randn(90, 4) + torch.eye(3, 4)[label], label)
    trainer = Trainer(nn.Linear(4, 3), DataLoader(data, batch_size=30, shuffle=True))
    for _ in range(3):
        print(trainer.epoch())
