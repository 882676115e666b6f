"""A test of accumulation itself: a helper runs a given number of batches, the test looks at the sum and steps once."""
import unittest

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Recorder(nn.Module):
    """Passes everything on to the module inside."""

    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return self.inner(x)


class AccumulationTest(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(0)
        self.model = nn.Linear(4, 2)
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.0)
        self.criterion = nn.CrossEntropyLoss()
        x = torch.randn(32, 4)
        self.whole = x, (x.sum(1) > 0).long()
        self.batches = DataLoader(TensorDataset(*self.whole), batch_size=4)

    def run_batches(self, model, batches, optimizer=None, steps=1):
        for x, y in batches:
            if optimizer:
                optimizer.zero_grad()
            steps -= 1
            loss = self.criterion(model(x), y)
            loss.backward()
            if optimizer:
                optimizer.step()
            if steps == 0:
                break

    def test_sum_of_batches_is_the_whole(self):
        self.run_batches(Recorder(self.model), iter(self.batches), steps=8)
        summed = torch.cat([p.grad.reshape(-1) for p in self.model.parameters()]) * (4 / 32)
        self.optimizer.step()
        self.optimizer.zero_grad()
        x, y = self.whole
        self.criterion(self.model(x), y).backward()
        once = torch.cat([p.grad.reshape(-1) for p in self.model.parameters()])
        self.assertTrue(torch.allclose(summed, once, atol=1e-5))


if __name__ == "__main__":
    unittest.main()
