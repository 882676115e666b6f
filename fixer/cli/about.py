"""``explain``, ``rules``, ``config``, ``doctor``, and the language server."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from fixer.cli.given import fail, leave, where
from fixer.cli.options import Plain, rules_like


def explain(
    rule: Annotated[
        Optional[str],
        typer.Argument(metavar="[RULE]", help="A rule's name; `fixer rules` lists them.", autocompletion=rules_like),
    ] = None,
    symptom: Annotated[
        Optional[str],
        typer.Option("--symptom", metavar="TEXT", help='Find rules by what you see, as in "loss is nan".'),
    ] = None,
) -> None:
    """Print a rule's documentation, or find rules by a symptom."""
    if (rule is None) == (symptom is None):
        fail('name a rule, or describe what you see, as in: fixer explain --symptom "loss is nan"')
    from fixer import explain as explaining
    from fixer.rules import UnknownRule

    try:
        leave(explaining.show_matches(symptom) if symptom is not None else explaining.show_page(rule or ""))
    except UnknownRule as error:
        fail(str(error))


def rules(format: Annotated[Plain, typer.Option("--format", help="How to print the list.")] = Plain.text) -> None:
    """List the rules."""
    from fixer.report import layout
    from fixer.rules import pages

    every = pages()
    if format is Plain.json:
        from fixer.report import json

        print(
            json.dumps(
                {"version": json.VERSION, "rules": [{"name": n, "summary": p.SUMMARY} for n, p in every.items()]}
            )
        )
        return
    wide = max(map(len, every))
    layout.show(((f"{name:<{wide}}", "bold"), (f"  {rule.SUMMARY}", "")) for name, rule in every.items())


def config(
    path: Annotated[str, typer.Argument(metavar="PATH", help="A file or folder.")],
    file: Annotated[Optional[str], typer.Option("--config", metavar="FILE", help="As for check.")] = None,
    format: Annotated[Plain, typer.Option("--format", help="How to print the settings.")] = Plain.text,
) -> None:
    """Print the settings that apply to a path, and where each comes from."""
    from fixer.config import BadSettings
    from fixer.config_show import described, lines

    try:
        told = described(path, file)
    except BadSettings as error:
        fail(where(error))
    if format is Plain.json:
        from fixer.report import json

        print(json.dumps({"version": json.VERSION, **told}))
        return
    for line in lines(told):
        print(line)


def lsp(
    stdio: Annotated[bool, typer.Option("--stdio", help="Over standard input and output, as always.")] = True,
) -> None:
    """Serve an editor: findings as one types, quick fixes, rules' pages."""
    try:
        from fixer.lsp.server import run
    except ImportError as error:
        if (error.name or "").partition(".")[0] not in ("pygls", "lsprotocol", "cattrs", "attrs"):
            raise
        fail("the language server needs pygls; install it with: pip install 'training-fixer[lsp]'")
    leave(run())


def doctor(
    format: Annotated[Plain, typer.Option("--format", help="How to print it.")] = Plain.text,
    python: Annotated[
        Optional[str],
        typer.Option("--python", metavar="FILE", help="The interpreter of verify (default: the active environment's)."),
    ] = None,
) -> None:
    """Try what this machine can do: repairs, torch and its devices, the sandbox against attacks."""
    from fixer.doctor import doctor as examine

    leave(examine(format.value, python))
