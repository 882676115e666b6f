"""Markdown and Quarto: fenced Python blocks as one script, and repairs that touch nothing outside of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Run
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fixer.sources.markdown import read_markdown
from fixer.sources.python import Unusable

TUTORIAL = """\
# Train a net

backward(safe) in prose is prose.

```python
import torch
```

1. In a list:

   ```{python}
   #| eval: false
   %matplotlib inline
   for x in y:

       backward(safe)
   ```

> ~~~py title="quoted"
> for x in y:
>
>     softmax(unsafe)
> ~~~

```
backward(safe)
```

```bash
backward(safe)
```

```python
    backward(safe)
```

```{.python .input}
backward(safe)
"""

REPAIRED = (
    TUTORIAL.replace("       backward(safe)\n   ```", "       zero()\n       backward(done)\n   ```")
    .replace(">     softmax(unsafe)", ">     zero()\n>     softmax(done)")
    .removesuffix("backward(safe)\n")
    + "zero()\nbackward(done)\n"
)


def places(run: Run, *arguments: str) -> list[tuple[str, int, int]]:
    answer = json.loads(run("check", "--format", "json", *arguments).out)
    assert not answer["errors"]
    return [(found["rule"], found["line"], found["column"]) for found in answer["findings"]]


@pytest.mark.usefixtures("fake")
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("name", ["a.md", "a.qmd"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_findings_and_repairs_in_the_lines_of_the_file(run: Run, here: Path, name: str, end: str, bom: bytes) -> None:
    file = here / name
    file.write_bytes(bom + TUTORIAL.replace("\n", end).encode())
    assert places(run, name) == [
        ("missing-zero-grad", 16, 8),
        ("redundant-softmax", 22, 7),
        ("missing-zero-grad", 38, 1),
    ]
    assert f"{name}:22:7  redundant-softmax\n  22 | softmax(unsafe)\n     | ^^^^" in run("check", name).out
    patch = run("diff", "--unsafe", name).raw
    assert run("apply", "--unsafe", name).status == 0
    assert file.read_bytes() == bom + REPAIRED.replace("\n", end).encode()
    assert run("apply", "--unsafe", name).out == "Nothing to repair.\n"
    if end != "\r":  # a file without a line feed is one line to git
        file.write_bytes(bom + TUTORIAL.replace("\n", end).encode())
        subprocess.run(["git", "apply", "-"], input=patch, check=True, capture_output=True)
        assert file.read_bytes() == bom + REPAIRED.replace("\n", end).encode()


@pytest.mark.usefixtures("fake")
def test_only_named_files_are_read_unless_the_settings_say_so(run: Run, here: Path) -> None:
    (here / "a.md").write_text(TUTORIAL)
    (here / "b.py").write_text("x = 1\n")
    assert places(run, ".") == []
    assert len(places(run, ".", "a.md")) == 3
    (here / "pyproject.toml").write_text("[tool.fixer]\nextend-include = ['*.md']\n")
    assert len(places(run, ".")) == 3


@pytest.mark.usefixtures("fake")
def test_silencing_verbose_and_sarif(run: Run, here: Path) -> None:
    (here / "a.md").write_text(TUTORIAL.replace("import torch", "# fixer: ignore-file[missing-zero-grad]\n"))
    told = run("check", "-v", "a.md").out
    assert "missing-zero-grad" not in told
    assert "a.md:35  not checked: the block: it is no Python 3 by itself (an excerpt, or another language)\n" in told
    (result,) = json.loads(run("check", "--format", "sarif", "a.md").out)["runs"][0]["results"]
    (replacement,) = result["fixes"][0]["artifactChanges"][0]["replacements"]
    assert replacement["deletedRegion"]["startLine"] == 23
    assert replacement["insertedContent"]["text"] == ">     zero()\n>     softmax(done)\n"
    kept = run("apply", "--verify", "a.md").out
    assert "Markdown cannot be run" in kept


def test_bad_bytes_are_one_line(run: Run, here: Path) -> None:
    (here / "a.md").write_bytes(b"\xef\xbb\xbfone\r\ncaf\xe9 backward()\n")
    ran = run("check", "a.md")
    assert (ran.status, ran.err) == (2, "error: a.md:2: byte 0xe9 is not valid UTF-8; save the file as UTF-8\n")


SCRIPT = """\
# A loop

```python
import torch
from torch import nn
model = nn.Linear(4, 2)
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
```

and then

```python
for x, y in [(torch.randn(3, 4), torch.randn(3, 2))] * 4:
    loss = ((model(x) - y) ** 2).mean()
    loss.backward()
    optimizer.step()
```
"""


def test_blocks_are_one_script_for_the_rules(run: Run, here: Path) -> None:
    (here / "a.md").write_text(SCRIPT)
    assert places(run, "a.md") == [("missing-zero-grad", 15, 5)]
    assert run("apply", "a.md").status == 0
    assert (here / "a.md").read_text() == SCRIPT.replace("    loss = ", "    optimizer.zero_grad()\n    loss = ")


def test_a_repair_never_leaves_its_blocks() -> None:
    source = read_markdown(TUTORIAL.encode())
    assert source.with_text(source.text) == TUTORIAL.encode()
    with pytest.raises(Unusable, match="several"):
        source.with_text(source.text.replace("'fixer-cell 2'\n", ""))
    with pytest.raises(Unusable, match="several"):
        source.with_text(source.text.replace("\n'fixer-cell 2'", "\nx = 1\n'fixer-cell 2'"))


INFO = st.sampled_from(["python", "{python}", " py", "", "bash", "{.python}", "python3 x", "pycon", "pyx"])
ODD = ["x = 1", "  x", "\tx", "", "%m", "'fixer-cell 1'", "é = '\u2028'", "```", "> q", "x\f"]
LINES = st.lists(st.sampled_from(ODD))
FENCES = st.builds(
    lambda before, mark, info, lines, close: "\n".join(
        before + p for p in [mark + info, *lines, *([mark] if close else [])]
    ),
    st.sampled_from(["", "   ", "> ", "- ", "1.\t", "    ", "\t"]),
    st.sampled_from(["```", "~~~", "````"]),
    INFO,
    LINES,
    st.booleans(),
)


@settings(deadline=None)
@given(st.lists(FENCES | LINES.map("\n".join), max_size=5).map("\n".join), st.sampled_from(["\n", "\r\n", "\r"]))
@example("- ```python\n\tx = 1\n", "\n")
def test_any_text_comes_back_and_keeps_its_lines(text: str, end: str) -> None:
    raw = text.replace("\n", end).encode()
    source = read_markdown(raw)
    assert source.with_text(source.text) == raw
    lines = source.document.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    python = source.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, line in enumerate(python, 1):
        if line.strip() and not line.startswith("'fixer-cell") and "fixer-magic" not in line:
            assert lines[number - 1][source.indent(number) :] == line


def test_markdown_is_imported_only_for_markdown(here: Path) -> None:
    (here / "a.py").write_text("x = 1\n")
    code = "import sys; from fixer.run import run_file, Options; from fixer.sources.collect import Target\n"
    code += "run_file(Target('a.py', True), Options()); sys.exit('markdown_it' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
