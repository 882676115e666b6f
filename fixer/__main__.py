"""Where both ``fixer`` and ``python -m fixer`` begin.

The commands and all their options belong to ``fixer.cli``. Its library takes longer to start than checking a script
does (it loads pydantic: three times the work of this whole program), so the call that hooks and editors make all
day, ``fixer check`` with nothing but paths, goes straight to the same function that ``fixer.cli`` would call.
"""

from __future__ import annotations

import errno
import gc
import os
import sys
from typing import NoReturn

_UNWRITABLE = (errno.ENOSPC, errno.EFBIG, errno.EIO, getattr(errno, "EDQUOT", errno.ENOSPC))


def main() -> NoReturn:
    """Run the command line of this process and exit. Never shows a traceback: a defect is one line, and status 2."""
    try:
        run()
    except SystemExit as ended:
        if ended.code == 130 and "concurrent.futures.process" in sys.modules:
            # Interrupted with workers: at its end the interpreter would talk to those that are gone, and complain.
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(130)
        raise


def run() -> NoReturn:
    """Run the command line of this process. Raises SystemExit, and nothing else."""
    # Reading makes many small objects that live until its file is done: looking for garbage all the time finds none,
    # and took a third of the time. Looking too rarely, what earlier files have left takes hundreds of megabytes.
    gc.set_threshold(20_000, 10, 5)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed, as by ``>&-``
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))
    try:
        try:
            sys.exit(_run(sys.argv[1:]))
        finally:
            if not sys.stdout.closed:  # a server closes it when its client has gone
                sys.stdout.flush()
    except BrokenPipeError:
        # The reader of a pipe has gone, as in ``fixer check . | head``.
        _drop_output()
        sys.exit(1)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
    except Exception as error:
        from fixer.run import internal

        told = internal(error)
        if isinstance(error, OSError) and error.errno in _UNWRITABLE and error.filename is None:
            told = f"the output cannot be written: {(error.strerror or str(error)).lower()}"
            _drop_output()
        print(f"error: {told}", file=sys.stderr)
        sys.exit(2)


def _drop_output() -> None:
    """Let what standard output still holds go nowhere: the interpreter would complain about it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(arguments: list[str]) -> int:
    if len(arguments) > 1 and arguments[0] == "check" and not any(word.startswith("-") for word in arguments):
        from fixer.commands import Asked, check
        from fixer.run import Options

        status = check(Asked(tuple(arguments[1:]), Options(cache=True)))
        sys.stdout.flush()
        return status
    from fixer.cli import app

    app(prog_name="fixer")
    return 0


if __name__ == "__main__":
    main()
