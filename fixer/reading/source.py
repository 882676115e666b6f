"""Source files as the reader sees them: syntax tree, parents, places; and the project their imports lead into."""

from __future__ import annotations

import ast
import io
import os
import re
import tokenize
import warnings
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from fixer.protocol.events import Place
from fixer.reading import disk

MAX_FILES = 200
"""Imported files read for one checked file."""
_ON_THE_PATH = ("sys.path.insert", "sys.path.append")
MAX_ANCESTORS = 8
"""Folders above a file searched for the top of its project."""
MAX_UNMARKED = 3
"""The same, where nothing marks a project."""
MAX_SEARCHED = 3000
"""Files of a project that are searched for imports of one of its modules."""
MAX_FOLDERS = 1000
"""Folders of a project that are searched so."""
MAX_IMPORTERS = 40
"""Files that import a module, directly or through others; with more, the search gives up."""
_NOT_THE_PROJECT = frozenset({"venv", "env", "site-packages", "node_modules", "build"})
PROJECT_MARKS = (".git", "pyproject.toml", "setup.py", "setup.cfg", "requirements.txt")


class Module:
    """One parsed source; ``path`` is how findings name it.

    Raises SyntaxError, ValueError, RecursionError or MemoryError on text that does not parse.
    """

    def __init__(self, text: str, path: str) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.tree = ast.parse(text, filename=path)
        self.text = text
        self.path = path
        self.rebound: frozenset[str] | None = None
        """The names that are bound at several places, once that is known (``definitions``)."""
        self._lines: list[str] | None = None
        self._parents: dict[ast.AST, ast.AST] | None = None

    @property
    def lines(self) -> list[str]:
        """The lines as ``ast`` counts them."""
        if self._lines is None:
            self._lines = self.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return self._lines

    def parent(self, node: ast.AST) -> ast.AST | None:
        """The syntax node that holds ``node``."""
        if self._parents is None:
            found: dict[ast.AST, ast.AST] = {}
            open_: list[ast.AST] = [self.tree]
            while open_:
                up = open_.pop()
                for child in ast.iter_child_nodes(up):
                    found[child] = up
                    open_.append(child)
            self._parents = found
        return self._parents.get(node)

    def statement(self, node: ast.AST) -> ast.stmt:
        """The innermost statement a node stands in."""
        at: ast.AST | None = node
        while at is not None and not isinstance(at, ast.stmt):
            at = self.parent(at)
        assert at is not None, "every expression stands in a statement"
        return at

    def ancestors(self, node: ast.AST) -> list[ast.AST]:
        """What a node stands in, innermost first."""
        found = []
        up = self.parent(node)
        while up is not None:
            found.append(up)
            up = self.parent(up)
        return found

    def place(self, node: ast.AST) -> Place:
        """Where a node stands, columns in characters."""
        line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        end_line = getattr(node, "end_lineno", None) or line
        end_column = getattr(node, "end_col_offset", None) or column
        return Place(self.path, line, self._column(line, column), end_line, self._column(end_line, end_column))

    def text_of(self, node: ast.AST) -> str:
        """The source of an expression, as written."""
        first, last = getattr(node, "lineno", None), getattr(node, "end_lineno", None)
        start, end = getattr(node, "col_offset", None), getattr(node, "end_col_offset", None)
        if first is None or last is None or start is None or end is None or last > len(self.lines):
            return ast.unparse(node)
        lines = [line.encode("utf-8", "surrogatepass") for line in self.lines[first - 1 : last]]
        lines[-1] = lines[-1][:end]
        lines[0] = lines[0][start:]
        return b"\n".join(lines).decode("utf-8", "surrogatepass")

    def _column(self, line: int, offset: int) -> int:
        text = self.lines[line - 1] if line <= len(self.lines) else ""
        if text.isascii():
            return offset + 1
        return len(text.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "ignore")) + 1


MAX_KEPT = 2_000_000
"""Bytes of source whose syntax trees are kept for the files that are checked next (a tree takes some 25 times more)."""

_parsed: OrderedDict[tuple[str, bytes], Module] = OrderedDict()


def _module(raw: bytes, path: str) -> Module:
    """An imported file's syntax tree; the one that another file's reading has made, where the bytes are the same."""
    key = path, raw
    known = _parsed.pop(key, None)
    if known is None:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(raw).readline)
        known = Module(io.TextIOWrapper(io.BytesIO(raw), encoding).read(), path)
    _parsed[key] = known
    while len(_parsed) > 1 and sum(len(raw) for _, raw in _parsed) > MAX_KEPT:
        _parsed.popitem(last=False)
    return known


class Project:
    """Finds and reads the project's own modules, each once, only when a training loop needs them.

    ``texts`` (by absolute path) are read in the place of what is on disk: files that are being rewritten.
    """

    def __init__(self, read_imports: bool = True, texts: Mapping[str, str] | None = None) -> None:
        self._modules: dict[Path, Module | None] = {}
        self._roots: dict[Path, list[Path]] = {}
        self._read_imports = read_imports
        self._texts = {Path(path).resolve(): text for path, text in (texts or {}).items()}
        self._sources: list[tuple[Path, bytes]] | None = None
        self._added: list[Path] = []
        self._too_many = False

    def add(self, module: Module) -> None:
        """Make a source that is already parsed known, so that imports of it find this text."""
        if self._read_imports:
            self._modules[Path(module.path).resolve()] = module
            self._added += added_folders(module)

    def find(self, importer: Module, name: str, level: int) -> Module | None:
        """The project's module ``name`` as ``importer`` would import it; None if it is none of the project's own."""
        if not self._read_imports:
            return None
        folder = disk.real(importer.path).parent
        parts = name.split(".") if name else []
        if level:
            for _ in range(level - 1):
                folder = folder.parent
            return self._load(folder, parts, exact=True)
        for root in [*self._added, *self._search(folder)]:
            found = self._load(root, parts, exact=False)
            if found is not None:
                return found
        return None

    def _search(self, folder: Path) -> list[Path]:
        if folder not in self._roots:
            found = [folder]
            for up in list(folder.parents)[:MAX_ANCESTORS]:
                if any(disk.exists(found[-1] / mark) for mark in PROJECT_MARKS):
                    break
                found.append(up)
            else:
                # No mark of a project: go up as long as there is Python code beside the folder.
                found = [folder]
                for up in list(folder.parents)[:MAX_UNMARKED]:
                    if not disk.has_python(up) and not disk.exists(found[-1] / "__init__.py"):
                        break
                    found.append(up)
            found += [root / "src" for root in found if disk.is_folder(root / "src")]
            self._roots[folder] = found
        return self._roots[folder]

    def _load(self, root: Path, parts: list[str], exact: bool) -> Module | None:
        if not parts and not exact:
            return None
        base = root.joinpath(*parts)
        for path in (base.with_suffix(".py"), base / "__init__.py") if parts else (base / "__init__.py",):
            if path in self._modules:
                return self._modules[path]
            if len(self._modules) < MAX_FILES and disk.is_file(path):
                module = self._modules[path] = self._parse(path)
                if module is not None:
                    self._added += added_folders(module)
                return module
        return None

    def at(self, path: str) -> Module | None:
        """The module in the file ``path``; None if it cannot be read."""
        where = Path(path).resolve()
        if where not in self._modules:
            self._modules[where] = self._parse(where)
        return self._modules[where]

    def importers(self, path: str) -> list[str] | None:
        """The files of the project that import ``path``, directly or through others; None if they are too many.

        A search for its name in import statements finds them; those that cannot be parsed count, too.
        """
        if not self._read_imports:
            return []
        start = Path(path).resolve()
        found: dict[Path, None] = {}
        open_ = [start]
        while open_:
            at = open_.pop()
            name = at.parent.name if at.name == "__init__.py" else at.stem
            word = re.compile(rb"^[ \t]*(?:from|import)\b[^\n#]*\b" + re.escape(name.encode()) + rb"\b", re.M)
            searched = self._searched(start.parent)
            if searched is None:
                return None
            for file, raw in searched:
                if file not in found and file != start and word.search(raw) and self._imports(file, at):
                    found[file] = None
                    open_.append(file)
            if len(found) > MAX_IMPORTERS:
                return None
        return [shown(file) for file in found]

    def _imports(self, file: Path, target: Path) -> bool:
        """Whether an import statement of a file leads to ``target`` (True also if it cannot be parsed)."""
        module = self.at(str(file))
        if module is None:
            return True
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Import):
                names, level = [alias.name for alias in node.names], 0
            elif isinstance(node, ast.ImportFrom):
                level, package = node.level, node.module or ""
                names = [package, *(f"{package}.{a.name}" if package else a.name for a in node.names)]
            else:
                continue
            for name in names:
                part = self.find(module, name, level)
                if part is not None and Path(part.path).resolve() == target:
                    return True
        return False

    def _searched(self, folder: Path) -> list[tuple[Path, bytes]] | None:
        """Every Python file of the project with its bytes; None if they are too many."""
        disk.searched()
        if self._too_many:
            return None
        if self._sources is None:
            roots = [root for root in self._search(folder) if root.name != "src" or root == folder]
            top = min(roots, key=lambda root: len(root.parts))
            whole = any(disk.exists(top / mark) for mark in PROJECT_MARKS)
            self._sources = []
            # Where nothing marks a project, only what stands beside the file is searched: above may be a whole home.
            for file in _python_files([top]) if whole else _python_files(roots, deep=1):
                if file is None or len(self._sources) >= MAX_SEARCHED:
                    self._too_many = True
                    return None
                try:
                    text = self._texts.get(file)
                    raw = disk.unrecorded(file) if text is None else text.encode("utf-8", "replace")
                    self._sources.append((file, raw))
                except OSError:
                    continue
        return self._sources

    def _parse(self, path: Path) -> Module | None:
        try:
            if path in self._texts:
                return Module(self._texts[path], shown(path))
            raw = disk.content(path)
            if len(raw) > disk.MAX_BYTES:
                return None
            return _module(raw, shown(path))
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def added_folders(module: Module) -> list[Path]:
    """The folders that a module puts on ``sys.path``, as far as they are written out (also with ``__file__``)."""
    found = []
    for statement in module.tree.body:
        call = statement.value if isinstance(statement, ast.Expr) else None
        if isinstance(call, ast.Call) and ast.unparse(call.func) in _ON_THE_PATH and call.args:
            here = Path(module.path).resolve()
            folder = _folder(call.args[-1], here, module.tree)
            if folder is not None:
                found.append((here.parent / folder).resolve())
    return [folder for folder in found if disk.is_folder(folder)]


def _folder(node: ast.expr, here: Path, tree: ast.Module, deep: int = 8) -> Path | None:
    """The path that an expression gives: literals, ``__file__``, ``os.path`` and ``pathlib``; None: not known."""
    if deep == 0:
        return None
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return Path(node.value)
    if isinstance(node, ast.Name):
        if node.id == "__file__":
            return here
        bound = [s.value for s in tree.body if isinstance(s, ast.Assign) and ast.unparse(s.targets[0]) == node.id]
        return _folder(bound[0], here, tree, deep - 1) if len(bound) == 1 else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        parts = [_folder(part, here, tree, deep - 1) for part in (node.left, node.right)]
        return parts[0] / parts[1] if parts[0] is not None and parts[1] is not None else None
    if isinstance(node, ast.Attribute) and node.attr == "parent":
        inner = _folder(node.value, here, tree, deep - 1)
        return inner.parent if inner is not None else None
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "parents":
        inner = _folder(node.value.value, here, tree, deep - 1)
        at = node.slice.value if isinstance(node.slice, ast.Constant) else None
        return inner.parents[at] if inner is not None and isinstance(at, int) and at < len(inner.parents) else None
    if isinstance(node, ast.Call):
        name = ast.unparse(node.func).rpartition(".")[2]
        if name in ("resolve", "absolute", "as_posix") and isinstance(node.func, ast.Attribute):
            return _folder(node.func.value, here, tree, deep - 1)
        given = (
            [node.func.value, *node.args] if name == "joinpath" and isinstance(node.func, ast.Attribute) else node.args
        )
        inner_parts = [_folder(part, here, tree, deep - 1) for part in given]
        known = [part for part in inner_parts if part is not None]
        if not known or len(known) < len(inner_parts):
            return None
        if name in ("str", "Path", "abspath", "realpath", "fspath", "normpath", "expanduser", "join", "joinpath"):
            return Path(*known)
        return known[0].parent if name == "dirname" else None
    return None


def _above(folder: str, tops: Sequence[Path]) -> list[Path]:
    at = Path(folder)
    return [top for top in tops if top == at or top in at.parents]


def _python_files(tops: Sequence[Path], deep: int | None = None) -> Iterator[Path | None]:
    """The Python files below folders, without those of environments and hidden folders; None: too many folders.

    ``deep``: only so many folders down.
    """
    seen: set[str] = set()
    for folder, inner, names in (step for top in tops for step in os.walk(top)):
        if folder in seen:
            inner.clear()
            continue
        seen.add(folder)
        if len(seen) > MAX_FOLDERS:
            yield None
            return
        if deep is not None and all(len(Path(folder).parts) - len(top.parts) >= deep for top in _above(folder, tops)):
            inner.clear()
        inner[:] = sorted(
            name
            for name in inner
            if not name.startswith((".", "__"))
            and name not in ("venv", "env", "site-packages", "node_modules", "build")
        )
        for name in sorted(names):
            if name.endswith(".py"):
                yield Path(folder, name)


def shown(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
