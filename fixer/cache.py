"""Answers that are kept between runs (see ``default_folder``)."""

from __future__ import annotations

import os
import sys


def default_folder() -> str:
    """Where answers are kept if no setting says otherwise: the user's own cache, never the project's folder."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or os.path.expanduser(r"~\AppData\Local")
    elif sys.platform == "darwin":
        base = os.path.expanduser("~/Library/Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return os.path.join(base, "training-fixer")
