"""Unit tests of a hand-made optimizer against the one of the library."""
import unittest

import torch


class PlainSGD(torch.optim.Optimizer):
    def __init__(self, params, lr):
        super().__init__(params, dict(lr=lr))

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group['params']:
                if p.grad is not None:
                    p.add_(p.grad, alpha=-group['lr'])


class TestPlainSGD(unittest.TestCase):
    def test_gradients_given_by_hand(self):
        w = torch.ones(3, requires_grad=True)
        opt = PlainSGD([w], lr=0.1)
        for k in range(3):
            w.grad = torch.full((3,), float(k))
            opt.step()
        torch.testing.assert_close(w, torch.full((3,), 0.7))

    def test_like_library(self):
        torch.manual_seed(0)
        a = torch.randn(4, requires_grad=True)
        b = a.detach().clone().requires_grad_()
        mine, theirs = PlainSGD([a], lr=0.05), torch.optim.SGD([b], lr=0.05)
        for _ in range(5):
            for w, opt in ((a, mine), (b, theirs)):
                opt.zero_grad()
                (w ** 2).sum().backward()
                opt.step()
        torch.testing.assert_close(a, b)

    def test_gradient_is_summed(self):
        w = torch.ones(1, requires_grad=True)
        opt = PlainSGD([w], lr=1.0)
        (2 * w).sum().backward()
        (3 * w).sum().backward()
        opt.step()
        self.assertEqual(w.item(), -4.0)


if __name__ == '__main__':
    unittest.main(verbosity=0, exit=False)
