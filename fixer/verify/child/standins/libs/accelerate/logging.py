"""Loggers."""

from __future__ import annotations

import logging
from typing import Any


def get_logger(name: str, **_more: Any) -> Any:
    """A logger that takes, and ignores, ``main_process_only``."""
    return _Logger(logging.getLogger(name), {})


class _Logger(logging.LoggerAdapter[logging.Logger]):
    def process(self, msg: Any, kwargs: Any) -> Any:
        kwargs.pop("main_process_only", None)
        kwargs.pop("in_order", None)
        return msg, kwargs
