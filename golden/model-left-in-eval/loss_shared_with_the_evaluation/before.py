import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(6, 24), nn.ReLU(), nn.Dropout(0.3), nn.Linear(24, 3))

    def forward(self, x):
        return self.layers(x)


class Experiment:
    def __init__(self, model, train, valid):
        self.model = model
        self.train_loader, self.valid_loader = train, valid
        self.optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)

    def loss(self, batch):
        x, y = batch
        return nn.functional.cross_entropy(self.model(x), y)

    def train_epoch(self):
        total = 0.0
        for batch in self.train_loader:
            self.optimizer.zero_grad()
            loss = self.loss(batch)
            loss.backward()
            self.optimizer.step()
            total += loss.item()
        return total / len(self.train_loader)

    @torch.no_grad()
    def validate(self):
        self.model.eval()
        return sum(self.loss(batch).item() for batch in self.valid_loader) / len(self.valid_loader)

    def fit(self, epochs):
        self.model.train()
        for epoch in range(epochs):
            print(epoch, self.train_epoch(), self.validate())


torch.manual_seed(0)
x = torch.randn(180, 6)
y = x[:, :3].argmax(1)
train = DataLoader(TensorDataset(x[:120], y[:120]), batch_size=20, shuffle=True)
valid = DataLoader(TensorDataset(x[120:], y[120:]), batch_size=20)
Experiment(Net(), train, valid).fit(3)
