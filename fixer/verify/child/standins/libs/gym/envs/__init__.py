"""The environments' own modules."""

from . import registration

__all__ = ["registration"]
