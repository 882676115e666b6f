import torch
import torch.nn as nn
from torch.optim import lr_scheduler


class Trainer:
    def __init__(self, net, rate, epochs):
        self.net = net
        self.epochs = epochs
        self.criterion = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(net.parameters(), lr=rate, momentum=0.9)
        self.lr_scheduler = lr_scheduler.CosineAnnealingLR(self.optimizer, T_max=epochs)
        self.history = []

    def train_batch(self, images, labels):
        self.optimizer.zero_grad()
        loss = self.criterion(self.net(images), labels)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def fit(self, batches):
        for epoch in range(self.epochs):
            self.net.train()
            self.lr_scheduler.step()
            total = 0.0
            for images, labels in batches:
                total += self.train_batch(images, labels)
            self.history.append(total / len(batches))
            if self.history[-1] < 0.01:
                break


torch.manual_seed(0)
centres = 2 * torch.randn(4, 6)
batches = []
for _ in range(12):
    kind = torch.randint(0, 4, (20,))
    batches.append((centres[kind] + torch.randn(20, 6), kind))
trainer = Trainer(nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 4)), 0.05, 4)
trainer.fit(batches)
print(trainer.history)
