"""One traced run of one script, in a process of its own."""

from __future__ import annotations

import ast
import importlib
import importlib.machinery
import os
import signal
import sys
import threading
import traceback
import types
from typing import Any

import torch

from . import loops, mock, rng, snippet, standins
from .recorder import Recorder
from .sink import Sink
from .standins import note
from .tracer import Tracer


def run(spec: dict[str, Any], trace: int, output: int) -> None:
    """Run ``spec["script"]`` under the tracer. Never returns.

    ``spec``: script, root (the folder of the user's files), cwd, argv, steps, batches, seed, wall_s (seconds),
    device ("cpu" or "cuda"), package (for relative imports, or None) and base (the folder above it), module (its name,
    if it is run by that), data (a folder for missing files, or None), tier ("harness" or "mock", if not
    the script itself is to be run), key (hexadecimal, of the trace's seals).
    ``trace`` and ``output``: descriptors for the trace and for all that the script prints.
    """
    _redirect(output)
    streams = [sys.stdout, sys.stderr]
    recorder = Recorder(Sink(trace, bytes.fromhex(spec.pop("key"))), spec["root"], spec["steps"])
    recorder.streams = streams
    try:
        _prepare(spec, recorder)
        _execute(spec, recorder)
        _join_threads()
    except SystemExit as error:
        code = error.code
        if code in (None, 0):
            recorder.finish("end")
        recorder.finish("error", err="SystemExit", msg=str(code), at=_last_lines(error, recorder))
    except KeyboardInterrupt:
        recorder.finish("error", err="KeyboardInterrupt", msg="", at=[])
    except BaseException as error:  # whatever the script raises is its answer
        message = str(error)
        if isinstance(error, ImportError) and error.name:
            recorder.finish(
                "error", err=type(error).__name__, msg=message, module=error.name, at=_last_lines(error, recorder)
            )
        traceback.print_exc()
        recorder.finish("error", err=type(error).__name__, msg=message[:500], at=_last_lines(error, recorder))
    recorder.finish("end")


def _redirect(out: int) -> None:
    """Send what the script prints to ``out``, and give it an empty standard input."""
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.close(out)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # lives as long as the process
    sys.stdout = open(1, "w", encoding="utf-8", errors="replace", closefd=False)
    sys.stderr = open(2, "w", encoding="utf-8", errors="replace", closefd=False, buffering=1)


def _prepare(spec: dict[str, Any], recorder: Recorder) -> None:
    torch.set_num_threads(1)
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
    rng.seed_all("start", spec["seed"])
    rng.no_entropy(spec["clock"])
    rng.mix_user_seeds(spec["seed"])
    os.chdir(spec["cwd"])
    Tracer(recorder, spec["batches"], spec["seed"]).install()
    standins.install(spec, recorder)

    def out_of_time(_signal: int, _frame: Any) -> None:
        recorder.finish("timeout", why=f"{spec['wall_s']:g} s")

    signal.signal(signal.SIGALRM, out_of_time)
    signal.setitimer(signal.ITIMER_REAL, spec["wall_s"])
    loops.install(recorder.relative)


def _execute(spec: dict[str, Any], recorder: Recorder) -> None:
    script = spec["script"]
    folder = os.path.dirname(script)
    sys.argv = [script, *spec["argv"]]
    module = spec.get("module")
    sys.path.insert(0, folder if module is None else spec["base"])
    for place in (spec["base"], spec["root"]):
        if place not in sys.path:
            sys.path.insert(1, place)
    main = types.ModuleType("__main__")
    main.__file__ = script
    main.__builtins__ = __builtins__  # type: ignore[attr-defined]
    if spec.get("notebook"):
        main.__dict__.update(display=lambda *_args, **_kwargs: None, get_ipython=standins.Anything)
    package = spec.get("package")
    if package:
        main.__package__ = package
    if module is not None:
        main.__spec__ = importlib.machinery.ModuleSpec(module, None, origin=script)
        if package:
            importlib.import_module(package)  # as "python -m" does
    sys.modules["__main__"] = main
    with open(script, "rb") as file:
        source = file.read()
    shown = os.path.relpath(script, spec["root"]).replace(os.sep, "/")

    def execute(text: Any) -> None:
        exec(loops.compile_counted(text, script, shown), main.__dict__)  # running it is the purpose

    if spec.get("tier") == "harness":
        snippet.run(ast.parse(source), main.__dict__, execute, lambda: sum(recorder.step_counts.values()))
    elif spec.get("tier") == "mock":
        _mock(ast.parse(source), main.__dict__, execute, recorder, spec["batches"])
    else:
        execute(source)


def _mock(tree: ast.Module, namespace: dict[str, Any], execute: Any, recorder: Recorder, batches: int) -> None:
    """Run the training region alone, with nothing behind its names."""
    region = mock.prepared(tree)
    if region is None or len(mock.optimizers(region)) != 1:
        recorder.finish("error", err="NoRegion", msg="it has no training loop with one optimizer", at=[])
        return
    note.say("only the order of the calls in the training loop was run")
    book = mock.Book(recorder.emit, recorder.set_id, recorder.stepped, loops.heat, batches)

    def ended(loop: loops.Activation) -> None:
        recorder.emit("loop", loop=loop.loop, entry=loop.entry, n=loop.index + 1)

    loops.on_end.append(ended)
    mock.run(region, book, namespace, execute)


def _join_threads() -> None:
    """Wait for the script's own threads, as Python does at its end."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()


def _last_lines(error: BaseException, recorder: Recorder) -> list[list[Any]]:
    """The user's lines at which an exception passed, innermost first; for bad syntax the line it is in."""
    lines = []
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        path = recorder.relative(error.filename)
        if path is not None:
            return [[path, error.lineno]]
    for frame, line in traceback.walk_tb(error.__traceback__):
        path = recorder.relative(frame.f_code.co_filename)
        if path is not None:
            lines.append([path, line])
    return lines[::-1]
