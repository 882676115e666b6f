"""Keeps those repairs only that a short training confirms, for ``apply --verify``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from fixer.config import settings_for
from fixer.run import Kept, Result


def confirmed(result: Result, config: str | None, sandbox: bool | None) -> Result:
    """The result with those repairs only that a training confirms; the others are kept, with the reason."""
    if result.new is None or result.raw is None or result.proven:
        return result
    from fixer.sources.source import NOTEBOOK, is_script, read

    if not is_script(result.path):
        kind = "a notebook" if result.path.endswith(NOTEBOOK) else "Markdown"
        why = f"{kind} cannot be run to confirm its repair; look at `fixer diff`, then apply without --verify"
        return replace(
            result, new=None, applied=(), kept=(*result.kept, *(Kept(found, why) for found in result.applied))
        )
    from fixer.verify.choices import NotTrusted, choices
    from fixer.verify.command import confirm_fixes

    try:
        how = choices(result.path, settings_for(result.path, config).verify, sandbox=sandbox)
    except NotTrusted as error:
        return replace(
            result, new=None, applied=(), kept=(*result.kept, *(Kept(found, str(error)) for found in result.applied))
        )
    source = read(result.path, result.raw)
    found = confirm_fixes(result.path, source.text, read(result.path, result.new).text, result.applied, how)
    new = None if found.text is None else source.with_text(found.text)
    kept = (*result.kept, *(Kept(finding, why) for finding, why in found.others))
    return replace(result, new=new, applied=found.confirmed, kept=kept)


def confirmed_together(results: Sequence[Result], config: str | None, sandbox: bool | None) -> tuple[Result, ...]:
    """The results with those repairs only, of all that concern several files, that a training of a script confirms.

    The script is the first that shows one of them. What it confirms is marked as written already proven (``proven``).
    """
    changed = [r for r in results if r.new is not None and any(f in r.wide for f in r.applied)]
    if not changed:
        return tuple(results)
    from fixer.verify.choices import NotTrusted, choices
    from fixer.verify.command import job_for, with_others
    from fixer.verify.core import verify

    shown = {os.path.realpath(r.path) for r in changed}
    script = next((r for r in results if any(os.path.realpath(f.path) in shown for f in r.elsewhere)), None)
    why = "no script that trains with it was named; name it too, or apply without --verify"
    if script is not None and script.raw is not None:
        try:
            how = choices(script.path, settings_for(script.path, config).verify, sandbox=sandbox)
            own = script.applied
            job = job_for(script.path, script.raw, script.new or script.raw, own, device=how.device, python=how.python)
            others = [r for r in results if r.new is not None and r is not script]
            answer = verify(with_others(job, others), sandbox=how.sandbox)
            if answer.verdict.good and answer.tier != "mock":
                mine = {id(r) for r in (*others, script)}
                return tuple(replace(r, proven=True) if id(r) in mine else r for r in results)
            why = f"{answer.verdict.value}: {answer.reason} (training {script.path})"
        except NotTrusted as error:
            why = str(error)
    left = {id(r) for r in changed}
    return tuple(
        replace(r, new=None, applied=(), kept=(*r.kept, *(Kept(f, why) for f in r.applied))) if id(r) in left else r
        for r in results
    )
