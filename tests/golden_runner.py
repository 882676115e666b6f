"""Runs scripts one after the other, each in a fork of a process that has imported torch already.

Reads one JSON request per line ({"path", "seconds"}) and answers each with one line ({"status", "output"}). A
training script of the golden cases takes a tenth of a second, importing torch twenty times that.
"""

from __future__ import annotations

import json
import os
import runpy
import signal
import sys
import tempfile

import torch


def run(path: str, seconds: int) -> dict[str, object]:
    """Run one script as ``__main__`` in a folder of its own, and tell how it ended and what it printed."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as output:
        child = os.fork()
        if child == 0:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            os.chdir(folder)
            signal.alarm(seconds)
            _become(path)
        _, status = os.waitpid(child, 0)
        output.seek(0)
        return {"status": os.waitstatus_to_exitcode(status), "output": output.read().decode("utf-8", "replace")[-4000:]}


def _become(path: str) -> None:
    """Be the script; never return."""
    status = 1
    try:
        sys.argv = [path]
        sys.path.insert(0, os.path.dirname(path))
        runpy.run_path(path, run_name="__main__")
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _warm_up() -> None:
    """Take an optimizer's first step here: it imports half of torch, which would cost every script a second.

    Without a backward, so that the autograd engine, which does not survive a fork, starts in the scripts only.
    """
    model = torch.nn.Linear(1, 1)
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    torch.optim.Adam(model.parameters()).step()


def main() -> None:
    """Serve requests until standard input ends."""
    _warm_up()
    # One thread: the tests of several scripts share few cores, and a fork has no use for a parent's threads.
    torch.set_num_threads(1)
    for line in sys.stdin:
        request = json.loads(line)
        print(json.dumps(run(request["path"], request["seconds"])), flush=True)


if __name__ == "__main__":
    main()
