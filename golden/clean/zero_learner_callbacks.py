"""A learner with callbacks; one of them clears the gradients."""
import torch
from torch import nn


class Callback:
    def before_batch(self, learner):
        pass

    def after_step(self, learner):
        pass


class ClearGradients(Callback):
    def after_step(self, learner):
        learner.opt.zero_grad()


class CountSteps(Callback):
    n = 0

    def after_step(self, learner):
        self.n += 1


class Learner:
    def __init__(self, model, batches, loss_func, lr, cbs=()):
        self.model, self.batches, self.loss_func = model, batches, loss_func
        self.opt = torch.optim.SGD(model.parameters(), lr=lr)
        self.cbs = list(cbs)

    def __call__(self, name):
        for cb in self.cbs:
            getattr(cb, name)(self)

    def fit(self, n_epochs):
        for self.epoch in range(n_epochs):
            for self.xb, self.yb in self.batches:
                self('before_batch')
                self.loss = self.loss_func(self.model(self.xb), self.yb)
                self.loss.backward()
                self.opt.step()
                self('after_step')


torch.manual_seed(0)
x = torch.randn(128, 4)
y = x.sum(1, keepdim=True)
count = CountSteps()
learn = Learner(nn.Linear(4, 1), list(zip(x.split(16), y.split(16))), nn.MSELoss(), 0.05, [ClearGradients(), count])
learn.fit(5)
print(count.n, 'steps, loss', learn.loss.item())
