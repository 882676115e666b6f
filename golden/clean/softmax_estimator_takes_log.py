"""An estimator in the manner of scikit-learn: the module returns probabilities,
fit() takes their logarithm before the negative log-likelihood."""
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class ProbabilityModule(nn.Module):
    def __init__(self, num_units=20):
        super().__init__()
        self.dense = nn.Linear(6, num_units)
        self.output = nn.Linear(num_units, 3)
        self.softmax = nn.Softmax(dim=-1)

    def forward(self, X):
        X = torch.relu(self.dense(X))
        return self.softmax(self.output(X))


class ClassifierEstimator:
    def __init__(self, module, criterion=nn.NLLLoss, optimizer=torch.optim.SGD, lr=0.1, max_epochs=8):
        self.module = module
        self.criterion = criterion
        self.optimizer = optimizer
        self.lr = lr
        self.max_epochs = max_epochs

    def initialize(self):
        self.module_ = self.module()
        self.criterion_ = self.criterion()
        self.optimizer_ = self.optimizer(self.module_.parameters(), lr=self.lr)

    def get_loss(self, y_pred, y_true):
        if isinstance(self.criterion_, nn.NLLLoss):
            eps = torch.finfo(y_pred.dtype).eps
            y_pred = torch.log(y_pred + eps)
        return self.criterion_(y_pred, y_true)

    def train_step(self, X, y):
        self.optimizer_.zero_grad()
        loss = self.get_loss(self.module_(X), y)
        loss.backward()
        self.optimizer_.step()
        return loss.item()

    def fit(self, dataset):
        self.initialize()
        for epoch in range(self.max_epochs):
            losses = [self.train_step(X, y) for X, y in DataLoader(dataset, batch_size=20, shuffle=True)]
            print(f"{epoch:>3}  train_loss {sum(losses) / len(losses):.4f}")
        return self

    @torch.no_grad()
    def predict_proba(self, X):
        return self.module_(X)


if __name__ == "__main__":
    torch.manual_seed(0)
    y = torch.randint(0, 3, (200,))
    X = torch.randn(200, 6)
    X[torch.arange(200), y] += 2.5
    net = ClassifierEstimator(ProbabilityModule).fit(TensorDataset(X, y))
    print(net.predict_proba(X[:2]))
