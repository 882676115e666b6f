"""Binary classifier with a small trainer class."""
import torch
import torch.nn.functional as F
from torch import nn, optim


class MLP(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.fc1 = nn.Linear(d, 24)
        self.drop = nn.Dropout(0.1)
        self.fc2 = nn.Linear(24, 1)

    def forward(self, x):
        return self.fc2(self.drop(F.relu(self.fc1(x))))


class Trainer(object):
    def __init__(self, model, lr):
        self.model = model
        self.optimizer = optim.SGD(self.model.parameters(), lr=lr, momentum=0.9)
        self.criterion = nn.BCEWithLogitsLoss()
        self.global_step = 0

    def train_epoch(self, loader):
        self.model.train()
        for sample, label in loader:
            logit = self.model(sample)
            loss = self.criterion(logit, label)
            loss.backward()
            nn.utils.clip_grad_norm_(self.model.parameters(), max_norm=5.0)
            self.optimizer.step()
            self.global_step += 1
        return loss.item()

    def evaluate(self, x, y):
        self.model.eval()
        with torch.no_grad():
            return ((self.model(x) > 0).float() == y).float().mean().item()


torch.manual_seed(0)
x = torch.randn(400, 6)
y = (x @ torch.tensor([1., -1., 2., 0., 0., 1.]) > 0).float().unsqueeze(1)
loader = list(zip(x[:320].split(40), y[:320].split(40)))
trainer = Trainer(MLP(6), lr=0.02)
for epoch in range(6):
    loss = trainer.train_epoch(loader)
    print('epoch', epoch, 'loss', loss, 'val acc', trainer.evaluate(x[320:], y[320:]))
