"""Find, repair and prove the silent bugs of PyTorch training scripts.

The library: ``fixer.check(paths)``, ``fixer.fix(source)`` and ``fixer.verify(path)``. Importing this package imports
nothing else; each of them loads what it needs when it is first used.
"""

__version__ = "0.1.0"

__all__ = [
    "Answer",
    "Applicability",
    "Finding",
    "Fix",
    "Fixed",
    "Kept",
    "NotChecked",
    "Problem",
    "Report",
    "Shown",
    "SourceError",
    "Span",
    "UnknownRule",
    "__version__",
    "check",
    "fix",
    "verify",
]

TYPE_CHECKING = False  # for type checkers; importing typing would cost more than all the rest of this module
if TYPE_CHECKING:
    from fixer.api import Fixed, Report, check, fix, verify
    from fixer.engine import SourceError
    from fixer.findings import Applicability, Finding, Fix, NotChecked, Problem, Shown, Span
    from fixer.rules import UnknownRule
    from fixer.run import Kept
    from fixer.verify.job import Answer


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'fixer' has no attribute '{name}'")
    from fixer import api

    # Not kept here: ``fixer.verify`` is also a package, and takes this name when it is imported.
    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
