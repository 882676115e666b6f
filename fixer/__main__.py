"""Where both ``fixer`` and ``python -m fixer`` begin.

The commands and all their options belong to ``fixer.cli``. Its library takes longer to start than checking a script
does (it loads pydantic: three times the work of this whole program), so the call that hooks and editors make all
day, ``fixer check`` with nothing but paths, goes straight to the same function that ``fixer.cli`` would call.
"""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn


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
    # Reading makes many small objects that live until its file is done: looking for garbage meanwhile finds none, and
    # took a third of the time.
    gc.set_threshold(100_000, 50, 100)
    try:
        sys.exit(_run(sys.argv[1:]))
    except BrokenPipeError:
        # The reader of a pipe has gone, as in ``fixer check . | head``; keep the interpreter from complaining about it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
    except Exception as error:
        from fixer.run import internal

        print(f"error: {internal(error)}", file=sys.stderr)
        sys.exit(2)


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
