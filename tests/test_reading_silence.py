"""Training that is right in unusual ways: the reader understands it, or keeps silent."""

from __future__ import annotations

import pytest
from training import faults, look, source

HEAD = """
import torch
import torch.nn.functional as F
from torch import nn
model = nn.Linear(4, 2)
opt = torch.optim.Adam(model.parameters())
criterion = nn.CrossEntropyLoss()
"""

# the gradients are emptied

CLEARED = {
    "zero in finally": """
        for x, y in loader:
            try:
                loss = criterion(model(x), y)
                loss.backward()
                opt.step()
            finally:
                opt.zero_grad()
    """,
    "zero in except continue": """
        for x, y in loader:
            try:
                opt.zero_grad()
                loss = criterion(model(x), y)
                loss.backward()
            except RuntimeError:
                opt.zero_grad()
                continue
            opt.step()
    """,
    "getattr": """
        for x, y in loader:
            getattr(opt, 'zero_grad')()
            criterion(model(x), y).backward()
            getattr(opt, 'step')()
    """,
    "map": """
        for x, y in loader:
            list(map(lambda o: o.zero_grad(), [opt]))
            criterion(model(x), y).backward()
            opt.step()
    """,
    "generator fn": """
        def batches():
            for x, y in loader:
                opt.zero_grad()
                yield (x, y)
        for x, y in batches():
            criterion(model(x), y).backward()
            opt.step()
    """,
    "hook iter": """
        class It:

            def __iter__(self):
                for b in loader:
                    opt.zero_grad()
                    yield b
        for x, y in It():
            criterion(model(x), y).backward()
            opt.step()
    """,
    "property": """
        class T:

            @property
            def fresh(self):
                opt.zero_grad()
                return opt
        t = T()
        for x, y in loader:
            o = t.fresh
            criterion(model(x), y).backward()
            o.step()
    """,
    "while else": """
        while True:
            for x, y in loader:
                opt.zero_grad()
                criterion(model(x), y).backward()
                opt.step()
            else:
                break
    """,
    "match": """
        for x, y in loader:
            match mode:
                case 'a':
                    opt.zero_grad()
                case _:
                    model.zero_grad()
            criterion(model(x), y).backward()
            opt.step()
    """,
    "and expr": """
        for x, y in loader:
            clear and opt.zero_grad()
            criterion(model(x), y).backward()
            opt.step()
    """,
    "dict dispatch": """
        ops = {'z': opt.zero_grad, 's': opt.step}
        for x, y in loader:
            ops['z']()
            criterion(model(x), y).backward()
            ops['s']()
    """,
    "loop ops": """
        for x, y in loader:
            loss = criterion(model(x), y)
            for op in (opt.zero_grad, loss.backward, opt.step):
                op()
    """,
    "method chain": """
        for x, y in loader:
            opt.zero_grad() or criterion(model(x), y).backward() or opt.step()
    """,
    "lambda default": """
        z = lambda o=opt: o.zero_grad()
        for x, y in loader:
            z()
            criterion(model(x), y).backward()
            opt.step()
    """,
    "forward hook": """
        model.register_forward_pre_hook(lambda *a: opt.zero_grad())
        for x, y in loader:
            criterion(model(x), y).backward()
            opt.step()
    """,
    "register_step_post": """
        opt.register_step_post_hook(lambda o, *a: o.zero_grad())
        for x, y in loader:
            criterion(model(x), y).backward()
            opt.step()
    """,
    "monkeypatch step": """
        old = opt.step

        def step():
            old()
            opt.zero_grad()
        opt.step = step
        for x, y in loader:
            criterion(model(x), y).backward()
            opt.step()
    """,
    "callback list": """
        cbs = [lambda: opt.zero_grad()]
        for x, y in loader:
            for cb in cbs:
                cb()
            criterion(model(x), y).backward()
            opt.step()
    """,
    "class var": """
        class C:
            o = opt

            @classmethod
            def z(cls):
                cls.o.zero_grad()
        for x, y in loader:
            C.z()
            criterion(model(x), y).backward()
            opt.step()
    """,
    "state swap": """
        for x, y in loader:
            model.weight.grad = None
            model.bias.grad = None
            criterion(model(x), y).backward()
            opt.step()
    """,
    "global zero via __enter__": """
        class Z:

            def __enter__(self):
                opt.zero_grad()

            def __exit__(self, *a):
                opt.step()
        for x, y in loader:
            with Z():
                criterion(model(x), y).backward()
    """,
    "partial": """
        from functools import partial
        z = partial(opt.zero_grad, set_to_none=True)
        for x, y in loader:
            z()
            criterion(model(x), y).backward()
            opt.step()
    """,
    "new model each": """
        for x, y in loader:
            model = nn.Linear(4, 2)
            opt = torch.optim.Adam(model.parameters())
            criterion(model(x), y).backward()
            opt.step()
    """,
    "two models one zero": """
        a, b = (nn.Linear(2, 2), nn.Linear(2, 2))
        opt = torch.optim.SGD(list(a.parameters()) + list(b.parameters()), 1)
        for x, y in loader:
            a.zero_grad()
            b.zero_grad()
            criterion(b(a(x)), y).backward()
            opt.step()
    """,
    "chain": """
        import itertools
        a, b = (nn.Linear(2, 2), nn.Linear(2, 2))
        opt = torch.optim.SGD(itertools.chain(a.parameters(), b.parameters()), 1)
        nets = nn.ModuleList([a, b])
        for x, y in loader:
            nets.zero_grad()
            criterion(b(a(x)), y).backward()
            opt.step()
    """,
    "context manager": """
        from contextlib import contextmanager

        @contextmanager
        def stepping(o):
            o.zero_grad()
            yield
            o.step()
        for x, y in loader:
            with stepping(opt):
                criterion(model(x), y).backward()
    """,
}


@pytest.mark.parametrize("name", CLEARED)
def test_emptied_in_another_way(name: str) -> None:
    assert faults(look(source(HEAD) + source(CLEARED[name]))) == []


# the update belongs where it is, and the gradients are averaged or meant as a sum

UPDATED = {
    "weights normalise": """
        k = 4
        for i, (x, y) in enumerate(loader):
            loss = criterion(model(x), y) * 0.25
            loss.backward()
            if (i + 1) % k == 0:
                opt.step()
                opt.zero_grad()
    """,
    "per-sample weight": """
        for i, (x, y) in enumerate(loader):
            loss = criterion(model(x), y) * x.size(0) / total
            loss.backward()
            if (i + 1) % 4 == 0:
                opt.step()
                opt.zero_grad()
    """,
    "divide grads": """
        k = 4
        for i, (x, y) in enumerate(loader):
            criterion(model(x), y).backward()
            if (i + 1) % k == 0:
                for p in model.parameters():
                    p.grad /= k
                opt.step()
                opt.zero_grad()
    """,
    "divide grads fn": """
        k = 4

        def avg(ps):
            for p in ps:
                p.grad.div_(k)
        for i, (x, y) in enumerate(loader):
            criterion(model(x), y).backward()
            if (i + 1) % k == 0:
                avg(model.parameters())
                opt.step()
                opt.zero_grad()
    """,
    "reduction none": """
        c = nn.CrossEntropyLoss(reduction='none')
        for i, (x, y) in enumerate(loader):
            c(model(x), y).sum().backward()
            if (i + 1) % 4 == 0:
                opt.step()
                opt.zero_grad()
    """,
    "mult heads": """
        for x, y in loader:
            opt.zero_grad()
            for h in range(3):
                criterion(model(x)[h], y[h]).backward()
            opt.step()
    """,
    "chunks": """
        for x, y in loader:
            opt.zero_grad()
            for cx, cy in zip(x.chunk(4), y.chunk(4)):
                (criterion(model(cx), cy) / 4).backward()
            opt.step()
    """,
    "ddp world": """
        for i, (x, y) in enumerate(loader):
            loss = criterion(model(x), y) / world
            loss.backward()
            if (i + 1) % 4 == 0:
                opt.step()
                opt.zero_grad()
    """,
    "lbfgs after loop": """
        for e in range(3):
            for x, y in loader:
                pass

            def closure():
                opt.zero_grad()
                l = criterion(model(X), Y)
                l.backward()
                return l
            opt.step(closure)
    """,
    "rollout": """
        for e in range(3):
            logps = []
            for t in range(100):
                a = model(s)
                logps.append(a)
                s = env.step(a)
            loss = -torch.stack(logps).sum()
            opt.zero_grad()
            loss.backward()
            opt.step()
    """,
    "train then val": """
        for e in range(3):
            for x, y in loader:
                opt.zero_grad()
                loss = criterion(model(x), y)
                loss.backward()
                opt.step()
            for x, y in val_loader:
                vloss = criterion(model(x), y)
            sched.step(vloss)
    """,
    "warm up": """
        for x, y in loader:
            feats = encoder(x)
        opt.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        opt.step()
    """,
    "memory bank": """
        for e in range(5):
            for x, y in loader:
                bank.add(x, y)
            x, y = bank.sample()
            opt.zero_grad()
            criterion(model(x), y).backward()
            opt.step()
    """,
    "max over batches": """
        for e in range(5):
            worst = None
            for x, y in loader:
                l = criterion(model(x), y)
                if worst is None or l > worst:
                    worst = l
            opt.zero_grad()
            worst.backward()
            opt.step()
    """,
    "hidden state": """
        for e in range(5):
            h = None
            for x in loader:
                out, h = rnn(x, h)
            loss = criterion(model(out), y)
            opt.zero_grad()
            loss.backward()
            opt.step()
    """,
}


@pytest.mark.parametrize("name", UPDATED)
def test_updated_on_purpose(name: str) -> None:
    assert faults(look(source(HEAD) + source(UPDATED[name]))) == []


# the optimizer is new because what it steps is

BUILT = {
    "per class": """
        for c in classes:
            head = nn.Linear(2, 2)
            o = torch.optim.Adam(head.parameters())
            for x, y in loader:
                o.zero_grad()
                criterion(head(x), y).backward()
                o.step()
    """,
    "lr sweep": """
        for lr in (1, 0.1):
            model.load_state_dict(init)
            o = torch.optim.Adam(model.parameters(), lr=lr)
            for x, y in loader:
                o.zero_grad()
                criterion(model(x), y).backward()
                o.step()
    """,
    "lr sweep noload": """
        for lr in (1, 0.1):
            o = torch.optim.Adam(model.parameters(), lr=lr)
            for x, y in loader:
                o.zero_grad()
                criterion(model(x), y).backward()
                o.step()
    """,
    "perturb": """
        for x, y in loader:
            d = torch.zeros_like(x, requires_grad=True)
            o = torch.optim.SGD([d], 1)
            for _ in range(5):
                o.zero_grad()
                criterion(model(x + d), y).backward()
                o.step()
    """,
    "first epoch": """
        for e in range(9):
            if e == 0:
                o = torch.optim.Adam(model.parameters())
            for x, y in loader:
                o.zero_grad()
                criterion(model(x), y).backward()
                o.step()
    """,
    "state restore": """
        for e in range(9):
            o = torch.optim.Adam(model.parameters())
            o.load_state_dict(saved)
            for x, y in loader:
                o.zero_grad()
                criterion(model(x), y).backward()
                o.step()
            saved = o.state_dict()
    """,
}


@pytest.mark.parametrize("name", BUILT)
def test_built_on_purpose(name: str) -> None:
    assert faults(look(source(HEAD) + source(BUILT[name]))) == []


# the softmax is not for the loss

SQUASHED = {
    "soft weights": """
        w = torch.softmax(alpha, 0)
        for x, y in loader:
            opt.zero_grad()
            out = (w * torch.stack([model(x), model(-x)])).sum(0)
            criterion(out, y).backward()
            opt.step()
    """,
    "temperature": """
        for x, y in loader:
            opt.zero_grad()
            p = F.softmax(model(x) / T, 1)
            criterion(model(x), p.detach()).backward()
            opt.step()
    """,
    "log": """
        for x, y in loader:
            opt.zero_grad()
            F.nll_loss(torch.log(F.softmax(model(x), 1)), y).backward()
            opt.step()
    """,
    "ce of log probs": """
        for x, y in loader:
            opt.zero_grad()
            p = F.softmax(model(x), 1)
            criterion(torch.log(p + 1e-08), y).backward()
            opt.step()
    """,
    "mixup probs": """
        for x, y in loader:
            opt.zero_grad()
            with torch.no_grad():
                t = F.softmax(model(x), 1)
            criterion(model(x), t).backward()
            opt.step()
    """,
    "eval only": """
        class N(nn.Module):

            def __init__(s):
                super().__init__()
                s.f = nn.Linear(2, 2)

            def forward(self, x):
                z = self.f(x)
                return z if self.training else F.softmax(z, 1)
        n = N()
        for x, y in loader:
            criterion(n(x), y).backward()
    """,
    "flag": """
        class N(nn.Module):

            def __init__(s, prob=False):
                super().__init__()
                s.f = nn.Linear(2, 2)
                s.prob = prob

            def forward(self, x):
                z = self.f(x)
                if self.prob:
                    z = F.softmax(z, 1)
                return z
        n = N()
        for x, y in loader:
            criterion(n(x), y).backward()
    """,
    "predict": """
        class N(nn.Module):

            def __init__(s):
                super().__init__()
                s.f = nn.Linear(2, 2)

            def forward(self, x):
                return self.f(x)

            def predict(self, x):
                return F.softmax(self(x), 1)
        n = N()
        for x, y in loader:
            criterion(n(x), y).backward()
    """,
    "index": """
        for x, y in loader:
            s = F.softmax(att(x), -1)
            out = model((s.unsqueeze(-1) * x).sum(1))
            criterion(out, y).backward()
    """,
}


@pytest.mark.parametrize("name", SQUASHED)
def test_softmax_for_another_purpose(name: str) -> None:
    assert faults(look(source(HEAD) + source(SQUASHED[name]))) == []
