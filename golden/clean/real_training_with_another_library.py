"""Training with another library, whose calls look like PyTorch's."""
import sys
import types

for name in ("mxnet", "mxnet.autograd", "mxnet.gluon"):  # they stand for the library
    sys.modules[name] = types.ModuleType(name)
sys.modules["mxnet"].autograd, sys.modules["mxnet"].gluon = sys.modules["mxnet.autograd"], sys.modules["mxnet.gluon"]

from mxnet import autograd, gluon


def train(net, loader, loss_function, epochs):
    trainer = gluon.Trainer(net.collect_params(), "adam")
    for epoch in range(epochs):
        total = 0
        for x, y in loader:
            with autograd.record():
                loss = loss_function(net(x), y).mean()
            loss.backward()
            trainer.step(1)
            total += loss.asscalar()
        print(epoch, total / len(loader))
