import torch
import torch.nn as nn
import torch.nn.functional as F


class Model(nn.Module):
    """Keeps its criterion and its optimizer, like many course assignments."""

    def __init__(self, n_in, n_out, lr=0.02):
        super().__init__()
        self.fc1 = nn.Linear(n_in, 32)
        self.fc2 = nn.Linear(32, n_out)
        self.criterion = nn.CrossEntropyLoss()
        self.opt = torch.optim.Adam(self.parameters(), lr=lr)

    def forward(self, x):
        return self.fc2(F.relu(self.fc1(x)))

    def loss(self, x, y):
        y_hat = self(x)
        return self.criterion(y_hat, y)

    def update(self, x, y):
        self.opt.zero_grad()
        loss = self.loss(x, y)
        loss.backward()
        self.opt.step()
        return loss.item()

    def classify(self, x):
        with torch.no_grad():
            return self(x).argmax(dim=1)


if __name__ == "__main__":
    torch.manual_seed(0)
    y = torch.randint(0, 5, (250,))
    x = torch.randn(250, 7)
    x[torch.arange(250), y] += 2.5
    model = Model(7, 5)
    for epoch in range(6):
        for a, b in zip(range(0, 250, 25), range(25, 251, 25)):
            loss = model.update(x[a:b], y[a:b])
        print(epoch, loss, (model.classify(x) == y).float().mean().item())
