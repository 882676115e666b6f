"""Smoke training: runs a script as it was and as rewritten for a few steps, and judges what the two runs did.

Once imported, this package stands at ``fixer.verify``, where the library's function of that name is looked for: it can
therefore be called like it.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class _Callable(ModuleType):
    def __call__(self, *args: Any, **options: Any) -> object:
        from fixer.api import verify

        return verify(*args, **options)


sys.modules[__name__].__class__ = _Callable
