"""Early stopping: patience, and the best weights for the end."""
import copy

import torch
from torch import nn


class Fitter:
    def __init__(self, model):
        self.model = model
        self.optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
        self.loss = nn.MSELoss()
        self.settings = copy.copy({"patience": 5})
        self.best = float("inf")
        self.best_weights = None

    def validate(self, x, y):
        with torch.no_grad():
            return self.loss(self.model(x), y).item()

    def fit(self, x, y, x_val, y_val, epochs=30):
        waited = 0
        for epoch in range(epochs):
            self.optimizer.zero_grad()
            self.loss(self.model(x), y).backward()
            self.optimizer.step()
            score = self.validate(x_val, y_val)
            if score < self.best:
                self.best, waited = score, 0
                self.best_weights = copy.deepcopy(dict(self.model.state_dict()))  # the best so far
            else:
                waited += 1
            if waited > self.settings["patience"]:
                break
        self.model.load_state_dict(self.best_weights)


torch.manual_seed(1)
x = torch.randn(80, 3)
y = x.prod(1, keepdim=True)
fitter = Fitter(nn.Sequential(nn.Linear(3, 32), nn.Tanh(), nn.Linear(32, 1)))
fitter.fit(x[:50], y[:50], x[50:], y[50:])
print(fitter.best, fitter.validate(x[50:], y[50:]))
