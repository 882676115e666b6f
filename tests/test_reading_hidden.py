"""Gradients that are emptied by code a call does not show: decorators, strings, other threads."""

from __future__ import annotations

import pytest
from test_reading_silence import HEAD
from training import faults, look, source

CLEARED = {
    "decorator": """
        def clears(f):

            def g(*a):
                opt.zero_grad()
                return f(*a)
            return g

        @clears
        def step(x, y):
            criterion(model(x), y).backward()
            opt.step()
        for x, y in loader:
            step(x, y)
    """,
    "setattr grad": """
        for x, y in loader:
            for p in model.parameters():
                setattr(p, 'grad', None)
            criterion(model(x), y).backward()
            opt.step()
    """,
    "thread": """
        import atexit
        for x, y in loader:
            pool.submit(opt.zero_grad)
            criterion(model(x), y).backward()
            opt.step()
    """,
    "del grad": """
        for x, y in loader:
            for p in model.parameters():
                del p.grad
            criterion(model(x), y).backward()
            opt.step()
    """,
    "exec": """
        for x, y in loader:
            exec('opt.zero_grad()')
            criterion(model(x), y).backward()
            opt.step()
    """,
}


@pytest.mark.parametrize("name", CLEARED)
def test_emptied_in_another_way(name: str) -> None:
    assert faults(look(source(HEAD) + source(CLEARED[name]))) == []
