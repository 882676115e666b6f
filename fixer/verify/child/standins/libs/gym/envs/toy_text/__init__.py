"""The environments with a table, by the names of their modules and classes."""

from __future__ import annotations

import functools

from ...worlds import Table

FrozenLakeEnv = functools.partial(Table, 16, 4)
TaxiEnv = functools.partial(Table, 500, 6)
CliffWalkingEnv = functools.partial(Table, 48, 4)
