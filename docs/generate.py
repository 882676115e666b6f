"""A hook of MkDocs: the pages that are made from the program itself, so that they cannot disagree with it."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

_LINK = re.compile(r"\[([^\]]*)\]\(((?!https?:|#)[^)]*)\)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Every rule into the navigation."""
    from fixer.rules import pages

    for entry in config.nav or []:
        if "Rules" in entry:
            entry["Rules"] += [{name: f"rules/{name}.md"} for name in pages()]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """All generated pages."""
    from mkdocs.structure.files import File

    from fixer.rules import page, pages

    made: dict[str, str] = {
        "index.md": _linked((ROOT / "README.md").read_text(encoding="utf-8"))
        + "\n[What a report looks like](example-report.html): `fixer check --html` of the example above.\n",
        "contributing.md": _linked((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")),
        "changelog.md": (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"),
        "commands.md": _commands(),
        "rules/index.md": _index(),
        "rules/symptoms.md": _symptoms(),
        "example-report.html": _report(),
    }
    for name in pages():
        made[f"rules/{name}.md"] = page(name).replace("\n", f"\n\n{pages()[name].SUMMARY}.\n", 1)
    for path, text in made.items():
        files.append(File.generated(config, path, content=text))
    return files


def _linked(text: str) -> str:
    """The text of a file at the top of the repository, with links to what the site has and no others."""

    def link(found: re.Match[str]) -> str:
        words, target = found[1], found[2]
        known = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
        if target in known:
            return f"[{words}]({known[target]})"
        return f"[{words}]({target[5:]})" if target.startswith("docs/") else f"`{words}`"

    return _LINK.sub(link, text)


def _index() -> str:
    from fixer.rules import pages

    lines = ["# Rules", "", "| rule | what goes wrong, silently |", "|---|---|"]
    lines += [
        f"| [`{name}`]({name}.md) | {module.SUMMARY.replace('|', chr(92) + '|')} |" for name, module in pages().items()
    ]
    lines += ["", "Not sure which? [Look it up by symptom](symptoms.md)."]
    return "\n".join(lines) + "\n"


def _symptoms() -> str:
    from fixer.pages import symptoms
    from fixer.rules import page, pages

    lines = [
        "# By symptom", "",
        "What you see, and the rules that tell of it. At a terminal: `fixer explain --symptom \"loss is nan\"`.", "",
    ]  # fmt: skip
    told = sorted((symptom, name) for name in pages() for symptom in symptoms(page(name)))
    lines += [f"* {symptom} [`{name}`]({name}.md)" for symptom, name in told]
    return "\n".join(lines) + "\n"


def _commands() -> str:
    """The help of every command, as the command prints it."""
    import typer

    from fixer.cli import app

    top = typer.main.get_command(app)
    parts = ["# Commands\n"]
    for name, command in sorted(getattr(top, "commands", {}).items()):
        inner = sorted(getattr(command, "commands", {}))
        parts.append(f"## fixer {name}\n\n```text\n{_help(name)}\n```\n")
        parts += [f"### fixer {name} {one}\n\n```text\n{_help(name, one)}\n```\n" for one in inner]
    return "\n".join(parts)


def _help(*words: str) -> str:
    from fixer.cli import app

    out = io.StringIO()
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = "100"
    try:
        with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
            app([*words, "--help"], prog_name="fixer")
    finally:
        if before is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = before
    return out.getvalue().strip()


def _report() -> str:
    """The report about the shipped example."""
    from fixer import commands
    from fixer.run import Options

    here = os.getcwd()
    out = io.StringIO()
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(ROOT / "examples" / "digits.py", folder)
        os.chdir(folder)
        try:
            with contextlib.redirect_stdout(out):
                status = commands.check(commands.Asked(("digits.py",), Options(unsafe=True, repair=True), "html"))
        finally:
            os.chdir(here)
    if status != commands.FINDINGS:
        raise RuntimeError("the shipped example has no findings, or could not be checked")
    return out.getvalue()
