"""Training that is spread over the files of a project: how imports are followed, and that they are not run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from training import faults, marked, source, wrong

from fixer import engine
from fixer.reading import disk
from fixer.reading import source as sources
from fixer.reading.reader import Reading, read
from fixer.reading.source import Module, Project

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write the files of a project (path in the project → snippet); the answer is its folder."""

    def files(**texts: str) -> Path:
        for name, text in texts.items():
            path = tmp_path / name.replace("__init__", "@").replace("__", "/").replace("@", "__init__")
            path = path.with_suffix(".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source(text), encoding="utf-8")
        (tmp_path / "pyproject.toml").touch()
        return tmp_path

    return files


def look(path: Path) -> Reading:
    return read(path.read_text(encoding="utf-8"), str(path))


TRAIN = """
    {imported}
    import torch
    model = {model}
    opt = torch.optim.SGD(model.parameters(), lr=1)
    for x, y in loader:
        opt.zero_grad()
        loss = torch.nn.functional.cross_entropy(model(x), y)
        loss.backward()
        opt.step()
"""
NET = """
    import torch
    from torch import nn
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(4, 2)
        def forward(self, x):
            return torch.softmax(self.fc(x), 1)
"""


@pytest.mark.parametrize(
    ("imported", "model"),
    [
        ("from net import Net", "Net()"),
        ("from net import Net as N", "N()"),
        ("import net", "net.Net()"),
        ("import net as n", "n.Net()"),
        ("from net import *", "Net()"),
        ("import net; Net = net.Net", "Net()"),
        ("try:\n    from net import Net\nexcept ImportError:\n    Net = None", "Net()"),
    ],
)
def test_a_module_beside_the_script(write: Write, imported: str, model: str) -> None:
    folder = write(train=dedent(TRAIN).format(imported=imported, model=model), net=NET)
    reading = look(folder / "train.py")
    assert [verdict for _, verdict in faults(reading)] == ["softmax"]
    # The fault is the other file's: it is told there, not here.
    assert engine.check((folder / "train.py").read_text(), str(folder / "train.py")).findings == ()
    assert engine.check((folder / "net.py").read_text(), str(folder / "net.py")).findings == ()


@pytest.mark.parametrize(
    ("script", "imported", "model"),
    [
        ("pkg__train", "from pkg.models.net import Net", "Net()"),
        ("pkg__train", "from .models.net import Net", "Net()"),
        ("pkg__train", "from .models import net", "net.Net()"),
        ("pkg__train", "from . import models", "models.Net()"),
        ("pkg__train", "import pkg.models.net", "pkg.models.net.Net()"),
        ("pkg__tools__train", "from pkg import models", "models.net.Net()"),
        ("train", "import pkg", "pkg.models.Net()"),
        ("pkg__train", "from .models import Net", "Net()"),
        ("pkg__train", "from pkg.models import Net", "Net()"),
        ("pkg__train", "import pkg.models.net as n", "n.Net()"),
        ("pkg__train", "from pkg.models import *", "Net()"),
        ("pkg__tools__train", "from ..models.net import Net", "Net()"),
        ("pkg__tools__train", "from ..models import Net", "Net()"),
        ("train", "from pkg.models import Net", "Net()"),
        ("tools__train", "from pkg.models import Net", "Net()"),
        ("train", "def build():\n        from pkg.models import Net\n        return Net()", "build()"),
    ],
)
def test_packages(write: Write, script: str, imported: str, model: str) -> None:
    folder = write(
        **{script: dedent(TRAIN).format(imported=imported, model=model)},
        pkg____init__="from . import models",
        pkg__models____init__="from .net import Net\nfrom . import net",
        pkg__models__net=NET,
        pkg__tools____init__="",
    )
    reading = look(folder / (script.replace("__", "/") + ".py"))
    assert [verdict for _, verdict in faults(reading)] == ["softmax"]


def test_src_layout(write: Write) -> None:
    folder = write(
        scripts__train=dedent(TRAIN).format(imported="from pkg.net import Net", model="Net()"),
        src__pkg____init__="",
        src__pkg__net=NET,
    )
    assert [verdict for _, verdict in faults(look(folder / "scripts" / "train.py"))] == ["softmax"]


def test_a_name_of_a_package_is_the_projects_own_first(write: Write) -> None:
    folder = write(train=dedent(TRAIN).format(imported="from models import Net", model="Net()"), models=NET)
    assert [verdict for _, verdict in faults(look(folder / "train.py"))] == ["softmax"]


def test_torch_is_not_looked_for_in_the_project(write: Write) -> None:
    """A file called torch.py (or a folder) must not shadow what is known about torch."""
    text = """
        import torch
        from torch import optim
        model = torch.nn.Linear(1, 1)
        opt = optim.SGD(model.parameters(), lr=1)
        for x in loader:
            model(x).sum().backward()
            opt.step()
    """
    folder = write(train=text, torch="raise SystemExit", optim="raise SystemExit")
    assert [verdict for _, verdict in faults(look(folder / "train.py"))] == ["stale"]


HELPERS = {
    "function": ("from helpers import update", "update(opt, loss)"),
    "module": ("import helpers", "helpers.update(opt, loss)"),
    "alias": ("from helpers import update as u", "u(opt, loss)"),
    "class": ("from helpers import Updater", "Updater(opt).run(loss)"),
}


@pytest.mark.parametrize("name", HELPERS)
@pytest.mark.parametrize("clears", [True, False])
def test_a_helper_of_another_file(write: Write, name: str, clears: bool) -> None:
    imported, called = HELPERS[name]
    folder = write(
        train=f"""
            import torch
            {imported}
            model = torch.nn.Linear(4, 2)
            opt = torch.optim.SGD(model.parameters(), lr=1)
            for x, y in loader:
                loss = torch.nn.functional.mse_loss(model(x), y)
                {called}
        """,
        helpers=f"""
            def update(optimizer, value):
                {"optimizer.zero_grad()" if clears else "pass"}
                value.backward()
                optimizer.step()
            class Updater:
                def __init__(self, optimizer):
                    self.optimizer = optimizer
                def run(self, value):
                    update(self.optimizer, value)
        """,
    )
    found = faults(look(folder / "train.py"))
    assert [verdict for _, verdict in found] == ([] if clears else ["stale"])


def test_a_helper_that_cannot_be_found_may_do_anything(write: Write) -> None:
    folder = write(
        train="""
            import torch
            from elsewhere import update
            model = torch.nn.Linear(4, 2)
            opt = torch.optim.SGD(model.parameters(), lr=1)
            for x, y in loader:
                loss = torch.nn.functional.mse_loss(model(x), y)
                loss.backward()
                opt.step()
                update(opt)
        """
    )
    assert faults(look(folder / "train.py")) == []


def test_a_base_class_of_another_file(write: Write) -> None:
    text = """
        from base import Base
        class Trainer(Base):
            def fit(self, loader):
                for x, y in loader:
                    self.optimizer.zero_grad()  #-
                    loss = self.criterion(self.model(x), y)
                    loss.backward()  # <- stale
                    self.optimizer.step()
                    self.after_batch()
    """
    base = """
        import torch
        class Base:
            def __init__(self, model):
                self.model = model
                self.optimizer = torch.optim.Adam(model.parameters())
                self.criterion = torch.nn.MSELoss()
            def after_batch(self):
                {after}
    """
    folder = write(train=text, base=base.format(after="print(self.optimizer)"))
    assert faults(look(folder / "train.py")) == []
    (folder / "train.py").write_text(wrong(text))
    assert faults(look(folder / "train.py")) == marked(wrong(text))
    (folder / "base.py").write_text(source(base.format(after="self.optimizer.zero_grad()")))
    assert faults(look(folder / "train.py")) == []


def test_settings_of_another_file(write: Write) -> None:
    text = """
        import torch
        from config import OPTIMIZERS, cfg
        model = torch.nn.Linear(4, 2)
        opt = OPTIMIZERS["adam"](model.parameters())
        for x, y in loader:
            torch.nn.functional.mse_loss(model(x), y).backward()
            opt.step()
    """
    folder = write(train=text, config="import torch\nOPTIMIZERS = {'adam': torch.optim.Adam}\ncfg = None")
    assert [verdict for _, verdict in faults(look(folder / "train.py"))] == ["stale"]


@pytest.mark.parametrize(
    "files",
    [
        {"a": "from b import *\nfrom b import make", "b": "from a import *\nfrom a import make"},
        {"a": "import b\nmake = b.make", "b": "import a\nmake = a.make"},
        {"a": "from a import make", "b": ""},
        {"a": "from . import a\nfrom .a import make", "b": ""},
        {"a": "import a.b.c\nfrom a.b import make", "b": ""},
    ],
)
def test_circles(write: Write, files: dict[str, str]) -> None:
    folder = write(
        train="""
            import torch
            from a import make
            model = torch.nn.Linear(1, 1)
            opt = torch.optim.SGD(model.parameters(), lr=1)
            for x in loader:
                model(x).sum().backward()
                opt.step()
        """,
        **files,
    )
    assert [verdict for _, verdict in faults(look(folder / "train.py"))] == ["stale"]
    look(folder / "a.py")


def test_a_circle_that_python_can_import(write: Write) -> None:
    folder = write(
        a="""
            import torch
            import b
            def clear(opt):
                opt.zero_grad()
        """,
        b="""
            import a
            def train(model, loader, opt):
                for x in loader:
                    a.clear(opt)
                    model(x).sum().backward()
                    opt.step()
        """,
    )
    assert faults(look(folder / "a.py")) == []
    assert faults(look(folder / "b.py")) == []


@pytest.mark.parametrize("text", ["def broken(:\n", "print 'old'\n", "\0", "\xff\xfe", ""])
def test_a_module_that_does_not_parse_is_as_if_it_were_out_of_sight(write: Write, text: str) -> None:
    folder = write(
        train="""
            import torch
            from net import Net, clear
            model = Net()
            opt = torch.optim.SGD(model.parameters(), lr=1)
            for x in loader:
                clear(opt)
                model(x).sum().backward()
                opt.step()
        """
    )
    (folder / "net.py").write_bytes(text.encode("latin-1"))
    assert faults(look(folder / "train.py")) == []


def test_a_module_that_is_too_long_is_not_read(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(train=dedent(TRAIN).format(imported="from net import Net", model="Net()"), net=NET)
    monkeypatch.setattr(disk, "MAX_BYTES", 10)
    assert faults(look(folder / "train.py")) == []


def test_no_more_files_are_read_than_allowed(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[Path] = []
    parse = Project._parse

    def counted(project: Project, path: Path) -> Module | None:
        parsed.append(path)
        return parse(project, path)

    monkeypatch.setattr(Project, "_parse", counted)
    monkeypatch.setattr(sources, "MAX_FILES", 20)
    chain = {f"m{n}": f"from m{n + 1} import make" for n in range(60)}
    folder = write(
        train="from m0 import make\nopt = make(model)\nfor x in loader:\n    model(x).backward()\n    opt.step()",
        **chain,
    )
    look(folder / "train.py")
    assert len(parsed) <= 20
    assert len(set(parsed)) == len(parsed)


def test_reading_runs_nothing(write: Write) -> None:
    folder = write(
        train="from side import make\nopt = make(model)\nfor x in loader:\n    model(x).backward()\n    opt.step()",
        side="""
            from pathlib import Path
            Path(__file__).with_name("ran").touch()
            raise SystemExit
            def make(model):
                import torch
                return torch.optim.SGD(model.parameters(), lr=1)
        """,
    )
    look(folder / "train.py")
    assert not (folder / "ran").exists()


def test_the_text_that_is_checked_wins_over_the_file(write: Write) -> None:
    """An editor's unsaved text is read, not what is on the disk, even where another file imports it."""
    folder = write(
        train="import helpers\ndef clear(opt):\n    pass\n",
        helpers="""
            import train
            def update(model, opt, loader):
                for x in loader:
                    train.clear(opt)
                    model(x).sum().backward()
                    opt.step()
        """,
    )
    text = "import helpers\ndef clear(opt):\n    opt.zero_grad()\nhelpers.update(model, opt, loader)\n"
    assert faults(read(text, str(folder / "train.py"))) == []
    assert [v for _, v in faults(read(text.replace("opt.zero_grad()", "pass"), str(folder / "train.py")))] == ["stale"]


def test_imports_can_be_left_unread(write: Write) -> None:
    folder = write(train=dedent(TRAIN).format(imported="from net import Net", model="Net()"), net=NET)
    path = folder / "train.py"
    assert faults(read(path.read_text(), str(path), Project(read_imports=False))) == []


def test_a_shared_project_reads_each_file_once(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[Path] = []
    parse = Project._parse
    monkeypatch.setattr(Project, "_parse", lambda self, path: (parsed.append(path), parse(self, path))[1])
    text = dedent(TRAIN).format(imported="from net import Net", model="Net()")
    folder = write(one=text, two=text, net=NET)
    project = Project()
    for name in ("one", "two"):
        path = folder / f"{name}.py"
        assert [v for _, v in faults(read(path.read_text(), str(path), project))] == ["softmax"]
    assert [path.name for path in parsed] == ["net.py"]


def test_places_are_in_characters(tmp_path: Path) -> None:
    path = tmp_path / "train.py"
    module = Module("größe = 'äöü'; x = f('日本')\n", str(path))
    call = module.tree.body[1].value  # type: ignore[attr-defined]
    place = module.place(call)
    assert (place.line, place.column, place.end_line, place.end_column) == (1, 20, 1, 27)
    assert module.text_of(call) == "f('日本')"
    assert module.statement(call) is module.tree.body[1]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_as_ast_counts_them(end: str) -> None:
    module = Module(end.join(["a = 1", "b = 'x\x0cy\x1cz'", "c = f()", ""]), "t.py")
    place = module.place(module.tree.body[2])
    assert (place.line, place.column, place.end_column) == (3, 1, 8)
    assert module.lines[1] == "b = 'x\x0cy\x1cz'"


def test_what_an_import_defines_is_read_when_it_is_asked_for(write: Write) -> None:
    folder = write(
        parts="""
        from torch import nn
        def broken():
            return nowhere_to_be_found[0]
        TABLE = broken()
        class Base(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(4, 2)
        class Net(Base):
            def forward(self, x):
                return WIDE(self.fc(x))
        WIDE = nn.Softmax(dim=-1)
        """,
        train=TRAIN.format(imported="from parts import Net", model="Net()"),
    )
    reading = look(folder / "train.py")
    assert [what for _, what in faults(reading)] == ["softmax"]


def test_a_name_that_an_import_binds_twice_is_what_it_was_at_last(write: Write) -> None:
    folder = write(
        parts="""
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Sequential(nn.Linear(4, 2), nn.Softmax(dim=-1))
            def forward(self, x):
                return self.fc(x)
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(4, 2)
            def forward(self, x):
                return self.fc(x)
        """,
        train=TRAIN.format(imported="from parts import Net", model="Net()"),
    )
    assert look(folder / "train.py").uses == []


def test_what_an_import_is_made_of_is_read_where_the_import_stands(write: Write) -> None:
    folder = write(
        parts="""
        from torch import nn, optim
        import net
        def make():
            return net.Net()
        MODEL = make()
        """,
        net="""
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(4, 2)
            def forward(self, x):
                return self.fc(x)
        """,
        train="""
        import torch
        import parts
        opt = None
        for epoch in range(3):
            opt = torch.optim.Adam(parts.MODEL.parameters(), lr=1)
            for x, y in loader:
                opt.zero_grad()
                torch.nn.functional.cross_entropy(parts.MODEL(x), y).backward()
                opt.step()
        """,
    )
    # The model is made once, when the module is imported, not in the loop that first uses it.
    assert [what for _, what in faults(look(folder / "train.py"))] == ["rebuilt"]
