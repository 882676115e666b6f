"""Notebooks: cells as one script, magics, and repairs that touch the source of their own cell and nothing else."""

from __future__ import annotations

import itertools
import json
import subprocess
from pathlib import Path
from typing import Any

import nbformat
import pytest
from conftest import Run
from hypothesis import given
from hypothesis import strategies as st

from fixer.findings import Applicability, Finding, Fix, Shown, Span
from fixer.sources.jsonspans import Node, parse
from fixer.sources.magics import Hidden, hide, show
from fixer.sources.notebook import read_notebook
from fixer.sources.python import Unusable
from fixer.sources.source import placed

pytestmark = pytest.mark.usefixtures("fake")


IDS = itertools.count()


def cell(source: Any, kind: str = "code") -> dict[str, Any]:
    extra = {"execution_count": 7, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "id": f"id{next(IDS)}", "metadata": {}, "source": source, **extra}


def notebook(*cells: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    return {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def write(folder: Path, book: dict[str, Any], **layout: Any) -> Path:
    path = folder / "a.ipynb"
    path.write_text(json.dumps(book, **{"indent": 1, **layout}) + "\n", encoding="utf-8")
    return path


LOOP = ["for x in y:\n", "    # caf\u00e9\n", "    backward(safe)\n", "    print('<\\t>')"]
BOOK = notebook(
    cell("# Training", "markdown"),
    cell(["%matplotlib inline\n", "!pip install torch\n", "import torch"]),
    cell(LOOP),
    cell(["%%bash\n", "echo backward(safe)"]),
    cell(["this is no Python ("]),
    cell([]),
    cell("z = 1\nsoftmax(unsafe)\n"),
    kernelspec={"display_name": "Python 3", "language": "python", "name": "python3"},
)


def test_findings_name_cell_and_line(run: Run, here: Path) -> None:
    write(here, BOOK)
    answer = json.loads(run("check", ".", "--format", "json").out)
    assert not answer["errors"]
    assert [(f["rule"], f["cell"], f["line"], f["column"]) for f in answer["findings"]] == [
        ("missing-zero-grad", 3, 3, 5),
        ("redundant-softmax", 7, 2, 1),
    ]
    assert answer["findings"][0]["path_shown"][0]["line"] == 3
    out = run("check", ".").out
    assert "a.ipynb:cell 3:3:5  missing-zero-grad\n  3 | backward(safe)\n    | ^^^^^^^^^^^^^^\n" in out


@pytest.mark.parametrize(
    "layout",
    [
        {"indent": 1},
        {"indent": None},
        {"indent": 4, "ensure_ascii": False},
        {"indent": "\t"},
        {"separators": (",", ":")},
    ],
)
def test_apply_changes_the_source_of_the_cell_and_no_other_byte(run: Run, here: Path, layout: dict[str, Any]) -> None:
    path = write(here, BOOK, **layout)
    before = path.read_text(encoding="utf-8")
    assert run("apply", "--unsafe", "a.ipynb").status == 0
    wanted = json.loads(before)
    wanted["cells"][2]["source"] = [*LOOP[:2], "    zero()\n", "    backward(done)\n", LOOP[3]]
    wanted["cells"][6]["source"] = "z = 1\nzero()\nsoftmax(done)\n"
    after = path.read_text(encoding="utf-8")
    assert json.loads(after) == wanted
    # What stands outside of the two sources is there still, letter for letter.
    assert after == json.dumps(wanted, **{"indent": 1, **layout}) + "\n"
    nbformat.validate(nbformat.reads(after, as_version=4))
    assert run("apply", "--unsafe", "a.ipynb").out == "Nothing to repair.\n"


def test_the_spelling_of_lines_that_stay_is_kept(run: Run, here: Path) -> None:
    path = here / "a.ipynb"
    cells = '[ {"source" : [ "caf\\u00E9 = \\"\\/\\"\\n" , "backward(safe)" ] ,"cell_type":"code"}]'
    raw = f'{{"nbformat":4,"cells":{cells},"x":1.50}}'
    path.write_text(raw)
    run("apply", "a.ipynb")
    assert path.read_text() == raw.replace('"backward(safe)"', '"zero()\\n" , "backward(done)"')


def test_the_diff_of_a_notebook_is_taken_by_git(run: Run, here: Path) -> None:
    path = write(here, BOOK)
    before = path.read_bytes()
    patch = run("diff", "--unsafe", ".").raw
    run("apply", "--unsafe", ".")
    after = path.read_bytes()
    path.write_bytes(before)
    subprocess.run(["git", "apply", "-"], input=patch, check=True, capture_output=True)
    assert path.read_bytes() == after != before


def test_lines_that_are_spoken_of_count_as_the_reader_does() -> None:
    first, second = cell("a = 1\nb = 2\n"), cell("for x in y:\n    f(x)\n")
    source = read_notebook(json.dumps(notebook(first, second)).encode())
    (line,) = (n for n, text in enumerate(source.text.splitlines(), 1) if text == "    f(x)")
    step = Shown(line, "step", f"see line {line - 1}, line {line - 4} and other.py, line {line}")
    fix = Fix(Applicability.NONE, f"move it to line {line - 1}", f"line {line - 4} needs it")
    found = Finding("r", "a.ipynb", Span(line, 5, line, 9), f"line {line} is bad", (step,), fix)
    told = placed(source, "a.ipynb", found)
    assert (told.cell, told.line, told.message) == (2, 2, "line 2 is bad")
    assert told.path_shown[0].note == f"see line 1, line 2 of cell 1 and other.py, line {line}"
    assert (told.fix.summary, told.fix.reason) == ("move it to line 1", "line 2 of cell 1 needs it")


def test_silencing_works_in_cells(run: Run, here: Path) -> None:
    write(
        here,
        notebook(
            cell("# fixer: ignore[missing-zero-grad]\nbackward(safe)"),
            cell("backward(safe)  # noqa: missing-zero-grad"),
        ),
    )
    assert run("check", "a.ipynb").status == 0


def test_apply_verify_keeps_notebooks(run: Run, here: Path) -> None:
    path = write(here, BOOK)
    before = path.read_bytes()
    ran = run("apply", "--verify", "a.ipynb")
    assert ran.status == 1
    assert ran.out.count("a notebook cannot be run") == 2
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b'{"cells": [}', "no valid JSON"),
        (b'{"cells": [] "x"}', "no valid JSON"),
        (b"[]", "no notebook"),
        (b'{"worksheets": []}', "old format"),
        (b'{"cells": [], "metadata": {"kernelspec": {"language": "R"}}}', "language is R"),
        (b'{"cells": "\xff"}', "not UTF-8"),
        (b"[" * 100_000, "no valid JSON"),
        (b"", "no valid JSON"),
    ],
)
def test_a_broken_notebook_is_one_line(run: Run, here: Path, raw: bytes, words: str) -> None:
    (here / "a.ipynb").write_bytes(raw)
    ran = run("check", "a.ipynb")
    assert ran.status == 2
    (only,) = ran.err.splitlines()
    assert only.startswith("error: a.ipynb:") and words in only


def test_code_that_would_leave_its_cell_is_refused() -> None:
    source = read_notebook(json.dumps(notebook(cell("a = 1"), cell("b = 1"))).encode())
    marks = source.text.splitlines()
    with pytest.raises(Unusable, match="several cells"):
        source.with_text("\n".join([*marks[2:], *marks[:2], ""]))


# --- magics --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cell", "hidden"),
    [
        ("%time x = 1\ny = 2\n", ["%time x = 1"]),
        ("%%time\nx = 1", ["%%time"]),
        ("if x:\n    !ls -l\n    y = 1\n", ["    !ls -l"]),
        ("!pip install \\\n    torch\nx = 1\n", ["!pip install \\", "    torch"]),
        ("files = !ls\nmodel?\n?model\nx = 1", ["files = !ls", "model?", "?model"]),
        ("x = '%d' \\\n% 3\n!ls", ["!ls"]),
        ("x = ('%d'\n% 3)\n%who", ["%who"]),
        ('x = """\n%who\n"""\n%who', ["%who"]),
        ("x = 'it''s' # (\n%who", ["%who"]),
        ("%cd ..\r\nx = 1\r\n", ["%cd .."]),
    ],
)
def test_magics_are_hidden_and_come_back(cell: str, hidden: list[str]) -> None:
    found: list[Hidden] = []
    python = hide(cell, found)
    assert python is not None
    assert [line for _, line in found] == hidden
    assert len(python.splitlines()) == len(cell.splitlines())
    assert show(python, found) == cell


@pytest.mark.parametrize("cell", ["x = ('%d'\n% 3)", "x = 3 \\\n% 2", "x = '''\n!ls\n'''", "a = [b\n% c]", ""])
def test_python_is_left_alone(cell: str) -> None:
    found: list[Hidden] = []
    assert hide(cell, found) == cell
    assert found == []


@pytest.mark.parametrize("cell", ["%%bash\nls", "%%html\n<b>", "x = (", "%%writefile a.py\nx = 1"])
def test_what_is_no_python_is_left_out(cell: str) -> None:
    found: list[Hidden] = []
    assert hide(cell, found) is None
    assert found == []


def test_a_magic_moves_with_its_block() -> None:
    found: list[Hidden] = []
    python = hide("for x in y:\n    pass\n%who\n", found)
    assert python is not None
    assert show(python.replace("\npass", "\n    pass"), found) == "for x in y:\n    pass\n    %who\n"


# --- JSON ----------------------------------------------------------------------------------------------------------


def plain(node: Node) -> Any:
    if isinstance(node.value, dict):
        return {key: plain(child) for key, child in node.value.items()}
    if isinstance(node.value, list):
        return [plain(child) for child in node.value]
    return node.value


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
    max_leaves=20,
)


@given(JSON, st.sampled_from([None, 0, 1, "\t"]), st.booleans())
def test_json_is_read_as_json_reads_it(value: Any, indent: Any, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert plain(parse(text)) == value

    def spans(node: Node) -> None:
        assert json.loads(text[node.start : node.end]) == plain(node)
        for child in (
            node.value.values() if isinstance(node.value, dict) else node.value if isinstance(node.value, list) else ()
        ):
            spans(child)

    spans(parse(text))


@given(st.text(alphabet='{}[],:"\\u0 1e-+.tn', max_size=12))
def test_what_is_no_json_is_refused_as_json_refuses_it(text: str) -> None:
    try:
        wanted = json.loads(text, strict=False)
    except ValueError:
        with pytest.raises(ValueError):
            parse(text)
    else:
        assert plain(parse(text)) == wanted
