# a test: after the same gradients two optimizers must hold the same weights
import copy

import torch
from torch import nn


def test_foreach_and_loop_agree():
    torch.manual_seed(0)
    reference = nn.Linear(6, 3)
    candidate = copy.deepcopy(reference)
    opt_r = torch.optim.Adam(reference.parameters(), lr=0.1, foreach=False)
    opt_c = torch.optim.Adam(candidate.parameters(), lr=0.1, foreach=True)
    for trial in range(5):
        x = torch.randn(8, 6)
        opt_r.zero_grad()
        opt_c.zero_grad()
        for model in (reference, candidate):
            loss = model(x).pow(2).mean()
            loss.backward()
        opt_r.step()
        opt_c.step()
        for a, b in zip(reference.parameters(), candidate.parameters()):
            torch.testing.assert_close(a, b)


if __name__ == '__main__':
    test_foreach_and_loop_agree()
    print('ok')
