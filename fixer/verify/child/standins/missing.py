"""Stand-ins for modules that the script imports and that are not installed.

They are looked for last, and only for the imports of the user's own files that nothing guards: an import in a ``try``
with a handler, or one of a library, finds what is really there.
"""

from __future__ import annotations

import ast
import functools
import importlib.abc
import importlib.machinery
import importlib.util
import io
import os
import sys
from typing import Any

from . import modules, note

LIBRARIES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "libs")
# Stand-ins under a folder of another name.
_ALIASES = {"gymnasium": "gym"}
# What these do is for people to look at; training is the same without them.
HARMLESS = {
    "tqdm", "matplotlib", "seaborn", "wandb", "tensorboard", "tensorboardX", "mlflow", "visdom", "comet_ml", "neptune",
    "plotly", "bokeh", "torchsummary", "torchinfo", "torchviz", "livelossplot", "IPython", "google", "rich", "colorama",
    "termcolor", "mpl_toolkits", "prettytable", "tabulate", "loguru", "progressbar", "graphviz", "hiddenlayer", "aim",
    "clearml", "pylab", "tensorboard_logger", "setproctitle", "gpustat", "pynvml", "GPUtil", "ipdb", "fastprogress",
    "sacred", "swanlab", "dvclive", "coloredlogs", "icecream", "imageio", "moviepy", "pyvirtualdisplay", "thop",
    "ptflops", "fvcore", "torchstat", "humanize", "alive_progress", "dotenv",
}  # fmt: skip


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """The last finder of ``sys.meta_path``."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        root = fullname.split(".")[0]
        if root in HARMLESS:
            known = isinstance(sys.modules.get(root), modules.Permissive)
            if known if root != fullname else _wanted():
                return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
            return None
        if root == fullname and _wanted():
            return spec_of(root)
        return None

    def create_module(self, spec: Any) -> Any:
        return modules.Permissive(spec.name)

    def exec_module(self, module: Any) -> None:
        module.__version__ = "999.0"
        name = module.__name__
        if "." not in name or name.startswith("torch."):
            note.say(f"the module {name} is not installed: its calls do nothing")


_forced: set[str] = set()


def spec_of(root: str) -> Any:
    """The spec of the stand-in for a library; None if there is none."""
    folder = os.path.join(LIBRARIES, _ALIASES.get(root, root))
    if os.path.isdir(folder):
        return importlib.util.spec_from_file_location(
            root, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
        )
    path = folder + ".py"
    return importlib.util.spec_from_file_location(root, path) if os.path.isfile(path) else None


class _Writer(Finder):
    """torch's own way to TensorBoard, which needs a package that may be missing."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        if fullname != "torch.utils.tensorboard" or importlib.machinery.PathFinder.find_spec("tensorboard"):
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)


class _Forced(Finder):
    """Comes first, for the stand-ins that were asked for by name."""

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        return spec_of(fullname) if fullname in _forced else None


def install() -> None:
    """Look for stand-ins last."""
    sys.meta_path.append(Finder())
    sys.meta_path.insert(0, _Writer())


def force(name: str) -> None:
    """Use the stand-in for a library even though the library is installed (it cannot be loaded)."""
    _forced.add(name)
    for loaded in [n for n in sys.modules if n == name or n.startswith(name + ".")]:
        del sys.modules[loaded]
    sys.meta_path.insert(0, _Forced())


def _wanted() -> bool:
    """Whether the import that runs now stands in the user's code (or a stand-in's), outside every ``try`` that would
    handle its failure."""
    frame: Any = sys._getframe(2)
    while frame is not None and ("importlib" in frame.f_code.co_filename or frame.f_code.co_filename == __file__):
        frame = frame.f_back
    if frame is not None and frame.f_code.co_filename.startswith(LIBRARIES):
        return True
    if frame is None or not note.of_user(frame):
        return False
    return frame.f_lineno not in guarded(frame.f_code.co_filename, ("ImportError", "ModuleNotFoundError", "Exception"))


@functools.cache
def guarded(path: str, errors: tuple[str, ...]) -> frozenset[int]:
    """The lines of a file that stand in a ``try`` whose handlers take one of some errors."""
    try:
        # Not by open: that asks here whether a file may be made up, this very one if the script has removed itself.
        with io.FileIO(path) as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, ValueError):
        return frozenset()
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Try) and any(_takes(h, errors) for h in node.handlers):
            for statement in node.body:
                found.update(range(statement.lineno, (statement.end_lineno or statement.lineno) + 1))
    return frozenset(found)


def _takes(handler: ast.ExceptHandler, errors: tuple[str, ...]) -> bool:
    return handler.type is None or any(name in ast.unparse(handler.type) for name in errors)
