import torch
import torch.nn as nn


class Trainer:
    def __init__(self, width):
        self.net = nn.Sequential(
            nn.Linear(6, width),
            nn.Tanh(),
            nn.Linear(width, 1),
            nn.Sigmoid(),
        )
        self.loss_fn = nn.BCEWithLogitsLoss(pos_weight=torch.tensor(2.0))
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=0.5)

    def step(self, x, y):
        loss = self.loss_fn(self.net(x).view(-1), y)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss.item()


torch.manual_seed(0)
x = torch.randn(128, 6)
y = (x.sum(dim=1) > 1).float()
trainer = Trainer(12)
for epoch in range(6):
    for xb, yb in zip(x.split(32), y.split(32)):
        loss = trainer.step(xb, yb)
    print(epoch, loss)
