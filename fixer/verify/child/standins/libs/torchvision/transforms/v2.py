"""Version 2 of the transforms: the same, for several inputs at once."""

import sys as _sys

from . import functional  # noqa: F401

_one = _sys.modules[__package__ or ""]
globals().update({name: value for name, value in vars(_one).items() if not name.startswith("__")})
