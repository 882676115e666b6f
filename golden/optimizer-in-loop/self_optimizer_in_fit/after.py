import torch
from torch import nn
from torch.optim import Adam


class Estimator:
    def __init__(self, n_features, lr=0.01, max_epochs=8):
        self.net = nn.Sequential(nn.Linear(n_features, 32), nn.ELU(), nn.Linear(32, 1))
        self.lr = lr
        self.max_epochs = max_epochs
        self.loss_ = []

    def fit(self, batches):
        self.optimizer = Adam(self.net.parameters(), lr=self.lr)  # defaults otherwise
        for epoch in range(self.max_epochs):
            self.net.train()
            for X, y in batches:
                self.optimizer.zero_grad()
                loss = nn.functional.mse_loss(self.net(X), y)
                loss.backward()
                self.optimizer.step()
            self.loss_.append(loss.item())
        return self

    @torch.no_grad()
    def predict(self, X):
        self.net.eval()
        return self.net(X)


if __name__ == '__main__':
    torch.manual_seed(0)
    X = torch.randn(300, 3)
    y = torch.cos(X).sum(dim=1, keepdim=True)
    est = Estimator(3).fit(list(zip(X[:240].split(30), y[:240].split(30))))
    print('train', est.loss_)
    print('test', nn.functional.mse_loss(est.predict(X[240:]), y[240:]).item())
