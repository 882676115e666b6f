"""The commands: what they print, what they write, and their exit statuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import RULES, Run

from fixer import __version__, pool
from fixer.findings import Finding
from fixer.run import Options, Result
from fixer.sources.collect import Target

pytestmark = pytest.mark.usefixtures("fake")

SAFE = "for x in y:\n    backward(safe)\n"
UNSAFE = "for x in y:\n    softmax(unsafe)\n    backward()\n"
NONE = "for x in y:\n    backward(none)\n"
CLEAN = "for x in y:\n    backward(done)\n"


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)


# --- exit statuses -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "text", "status"),
    [
        ("check", CLEAN, 0),
        ("check", SAFE, 1),
        ("check", NONE, 1),
        ("diff", CLEAN, 0),
        ("diff", SAFE, 1),
        ("diff", UNSAFE, 0),
        ("diff --unsafe", UNSAFE, 1),
        ("apply", CLEAN, 0),
        ("apply", SAFE, 0),
        ("apply", UNSAFE, 1),
        ("apply --unsafe", UNSAFE, 0),
        ("apply --unsafe", NONE, 1),
    ],
)
def test_the_exit_status(run: Run, here: Path, command: str, text: str, status: int) -> None:
    write(here, a=text)
    assert run(*command.split(), "a.py").status == status


@pytest.mark.parametrize(
    "arguments",
    [
        ["check"],
        ["chekc", "a.py"],
        ["check", "a.py", "--nonsense"],
        ["check", "a.py", "--jobs", "0"],
        ["check", "a.py", "--format", "xml"],
        ["explain"],
    ],
)
def test_bad_usage_is_status_2_and_no_traceback(run: Run, here: Path, arguments: list[str]) -> None:
    write(here, a=CLEAN)
    ran = run(*arguments)
    assert ran.status == 2
    assert ran.err and "Traceback" not in ran.err


@pytest.mark.parametrize("option", ["--select", "--ignore"])
def test_a_wrong_rule_offers_the_nearest(run: Run, here: Path, option: str) -> None:
    write(here, a=SAFE)
    ran = run("check", "a.py", option, "missing-zerograd")
    assert ran.status == 2
    assert ran.err == "error: unknown rule 'missing-zerograd'; did you mean 'missing-zero-grad'?\n"
    far = run("check", "a.py", option, "zzz")
    assert far.err == "error: unknown rule 'zzz'; known: missing-zero-grad, redundant-softmax, unused-ignore\n"


# --- check ---------------------------------------------------------------------------------------------------------


def test_check_shows_line_marker_message_path_and_repair(run: Run, here: Path) -> None:
    write(here, a=SAFE)
    assert run("check", "a.py").out == (
        "a.py:2:5  missing-zero-grad\n"
        "  2 | backward(safe)\n"
        "    | ^^^^^^^^^^^^^^\n"
        "  The gradient is never cleared.\n"
        "    1. line 2  backward  adds to a gradient that was never cleared\n"
        "  safe fix: insert zero()\n"
        "\n"
        "1 finding (1 safe fix) in 1 file.\n"
        "See the repair with `fixer diff a.py`, learn more with `fixer explain missing-zero-grad`.\n"
    )


def test_check_counts_and_says_what_to_run_next(run: Run, here: Path) -> None:
    write(here, a=SAFE + UNSAFE, b=NONE, c=CLEAN)
    out = run("check", ".").out.splitlines()
    assert out[-2] == "3 findings (1 safe fix, 1 unsafe, 1 without a fix) in 2 files of 3."
    assert "`fixer diff --unsafe .`" in out[-1]
    assert run("check", "c.py").out == "No findings in 1 file.\n"


def test_quiet_prints_findings_only(run: Run, here: Path) -> None:
    write(here, a=SAFE, b=CLEAN)
    assert run("check", "-q", "b.py").out == ""
    assert run("check", "-q", "a.py").out.endswith("safe fix: insert zero()\n\n")


def test_verbose_lists_what_was_not_checked(run: Run, here: Path) -> None:
    write(here, a="# unsure\n" + CLEAN)
    assert "not checked" not in run("check", "a.py").out
    assert "a.py:1  not checked: a loop: its optimizer is unknown\n" in run("check", "-v", "a.py").out
    answer = json.loads(run("check", "-v", "--format", "json", "a.py").out)
    assert answer["not_checked"] == [{"path": "a.py", "line": 1, "what": "a loop", "why": "its optimizer is unknown"}]


def test_select_and_ignore(run: Run, here: Path) -> None:
    write(here, a=SAFE + UNSAFE)

    def rules(*options: str) -> list[str]:
        found = json.loads(run("check", "a.py", "--format", "json", *options).out)["findings"]
        return [finding["rule"] for finding in found]

    assert rules() == ["missing-zero-grad", "redundant-softmax"]
    assert rules("--select", "redundant-softmax") == ["redundant-softmax"]
    assert rules("--ignore", "redundant-softmax") == ["missing-zero-grad"]
    assert rules("--select", "redundant-softmax, missing-zero-grad", "--ignore", "redundant-softmax") == [RULES[0]]
    assert rules("--ignore", RULES[0], "--ignore", RULES[1]) == []


def test_the_short_way_and_the_long_way_agree(run: Run, here: Path) -> None:
    # ``fixer check PATH`` alone does not go through typer; it must not matter.
    write(here, a=SAFE + UNSAFE, b="x = backward(\n", c=CLEAN)
    short, long = run("check", ".", "nope"), run("check", ".", "nope", "--format", "text")
    assert short == long
    assert short.status == 2


# --- standard input ------------------------------------------------------------------------------------------------


def test_standard_input(run: Run, here: Path) -> None:
    raw = SAFE.replace("\n", "\r\n").encode()
    checked = run("check", "-", "--stdin-filename", "sub/a.py", stdin=raw)
    assert checked.status == 1
    assert checked.out.startswith("sub/a.py:2:5  missing-zero-grad\n")
    fixed = run("apply", "-", stdin=raw)
    assert fixed.status == 0
    assert fixed.raw == b"for x in y:\r\n    zero()\r\n    backward(done)\r\n"
    assert run("apply", "-", stdin=CLEAN.encode()).raw == CLEAN.encode()
    assert run("diff", "-", "--stdin-filename", "a.py", stdin=raw).raw.startswith(b"--- a/a.py\n+++ b/a.py\n")
    assert run("check", "-", stdin=b"x = backward(\n").err.startswith("error: <stdin>:1: syntax error")


# --- apply ---------------------------------------------------------------------------------------------------------


def test_apply_says_what_it_repaired_and_what_it_kept_and_why(run: Run, here: Path) -> None:
    write(here, a=SAFE + UNSAFE + NONE)
    ran = run("apply", "a.py")
    assert ran.out.splitlines() == [
        "a.py:2:5  repaired missing-zero-grad: insert zero()",
        "a.py:4:5  kept redundant-softmax: its fix is unsafe (the training changes); "
        "read `fixer diff --unsafe`, then `fixer apply --unsafe`",
        "a.py:7:5  kept missing-zero-grad: nobody knows how",
        "Repaired 1 finding in 1 file, 2 findings left.",
    ]
    assert (here / "a.py").read_text() == "for x in y:\n    zero()\n    backward(done)\n" + UNSAFE + NONE
    again = (here / "a.py").stat().st_mtime_ns
    assert run("apply", "a.py").status == 1
    assert (here / "a.py").stat().st_mtime_ns == again, "nothing to change: nothing is written"


def test_lines_count_in_the_file_as_it_was(run: Run, here: Path) -> None:
    write(here, a=SAFE + SAFE + NONE + SAFE)
    answer = json.loads(run("apply", "--format", "json", "a.py").out)
    assert [finding["line"] for finding in answer["applied"]] == [2, 4, 8]
    assert [kept["finding"]["line"] for kept in answer["kept"]] == [6]


def test_apply_json(run: Run, here: Path) -> None:
    write(here, a=SAFE + NONE)
    answer = json.loads(run("apply", "--format", "json", "a.py").out)
    assert answer["changed"] == ["a.py"]
    assert [finding["line"] for finding in answer["applied"]] == [2]
    assert [(kept["finding"]["line"], kept["why"]) for kept in answer["kept"]] == [(4, "nobody knows how")]


def test_diff_keeps_its_notes_out_of_the_patch(run: Run, here: Path) -> None:
    write(here, a=SAFE + UNSAFE)
    ran = run("diff", "a.py")
    assert ran.out == (
        "--- a/a.py\n+++ b/a.py\n@@ -1,5 +1,6 @@\n for x in y:\n-    backward(safe)\n+    zero()\n+    backward(done)\n"
        " for x in y:\n     softmax(unsafe)\n     backward()\n"
    )
    assert ran.err.startswith("a.py:4:5  kept redundant-softmax: its fix is unsafe")
    assert json.loads(run("diff", "--format", "json", "a.py").out)["diffs"] == [{"path": "a.py", "diff": ran.out}]


# --- the other commands --------------------------------------------------------------------------------------------


def test_rules_and_explain(run: Run) -> None:
    listed = run("rules").out.splitlines()
    assert listed[0] == "missing-zero-grad  summary of missing-zero-grad"
    assert [line.split()[0] for line in listed] == [*RULES, "unused-ignore"]
    names = [rule["name"] for rule in json.loads(run("rules", "--format", "json").out)["rules"]]
    assert names == [*RULES, "unused-ignore"]
    assert run("explain", "redundant-softmax").out.startswith("# redundant-softmax\n\n## What it does\n")
    assert "fixer: ignore-file[rule]" in run("explain", "unused-ignore").out
    wrong = run("explain", "redundant-sofmax")
    assert (wrong.status, wrong.err) == (
        2,
        "error: unknown rule 'redundant-sofmax'; did you mean 'redundant-softmax'?\n",
    )


def test_version_and_help(run: Run) -> None:
    assert run("--version").out == f"fixer {__version__}\n"
    shown = run("--help").out
    assert all(command in shown for command in ("check", "diff", "apply", "explain", "rules", "config"))


def test_a_real_process(here: Path) -> None:
    write(here, a="x = 1\n")
    for command in (["-m", "fixer"], ["-c", "from fixer.__main__ import main; main()"]):
        done = subprocess.run([sys.executable, *command, "check", "a.py"], capture_output=True, text=True)
        assert (done.returncode, done.stdout, done.stderr) == (0, "No findings in 1 file.\n", "")


def test_a_reader_that_goes_away_is_no_error(here: Path) -> None:
    write(here, a="x = 1\n")
    read, writing = os.pipe()
    os.close(read)
    done = subprocess.run([sys.executable, "-m", "fixer", "check", "a.py"], stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert done.stderr == b""


def test_names_that_are_no_text_are_shown_escaped(run: Run, here: Path) -> None:
    (here / os.fsdecode(b"caf\xe9.py")).write_text(SAFE)
    ran = run("check", ".")
    assert ran.status == 1
    assert ran.out.startswith("caf\\udce9.py:2:5")
    assert json.loads(run("check", ".", "--format", "json").out)["findings"][0]["path"] == "caf\udce9.py"


# --- many files ----------------------------------------------------------------------------------------------------


def test_a_pool_gives_the_same_answer_in_the_same_order(run: Run, here: Path) -> None:
    for number in range(70):
        write(here, **{f"f{number:02}": (SAFE, CLEAN, NONE, "x = backward(\n")[number % 4]})
    alone = run("check", ".", "--jobs", "1", "--format", "json")
    assert alone.status == 2
    assert run("check", ".", "--jobs", "3", "--format", "json") == alone
    assert len(json.loads(alone.out)["findings"]) == 35


def work_or_die(target: Target) -> Result:
    if target.path == "dies":
        os._exit(9)
    return Result(target.path)


def test_the_files_of_a_dying_worker_are_done_one_by_one() -> None:
    names = [f"f{number}" for number in range(40)]
    names[17] = "dies"
    results = list(pool.run_many([Target(name, True) for name in names], work_or_die, jobs=2))
    assert [result.path for result in results] == names
    failed = [result for result in results if result.problems]
    assert [result.path for result in failed] == ["dies"]
    assert "died" in failed[0].problems[0].message


def test_jobs_are_as_many_as_cores() -> None:
    assert pool.cores() == len(os.sched_getaffinity(0))
    assert list(pool.run_files([], Options())) == []


# --- verify --------------------------------------------------------------------------------------------------------


def test_apply_verify_writes_what_is_confirmed_and_keeps_the_rest(
    run: Run, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fixer.verify import command
    from fixer.verify.choices import Choices

    asked = []

    def confirm(
        path: str, before: str, after: str, findings: tuple[Finding, ...], how: Choices
    ) -> command.Confirmation:
        assert how == Choices(sandbox=True)
        asked.append((path, before, after))
        text = before.replace("backward(safe)", "zero()\n    backward(done)")
        return command.Confirmation(text, findings[:1], ((findings[1], "refuted: the loss is another"),), ())

    monkeypatch.setattr(command, "confirm_fixes", confirm)
    (here / "a.py").write_bytes(b"\xef\xbb\xbf" + (SAFE + UNSAFE).encode())
    write(here, b=CLEAN)
    ran = run("apply", "--verify", "--sandbox", ".")
    assert ran.status == 1
    assert "a.py:2:5  repaired missing-zero-grad" in ran.out
    assert "a.py:4:5  kept redundant-softmax: refuted: the loss is another" in ran.out
    fixed = SAFE.replace("backward(safe)", "zero()\n    backward(done)") + UNSAFE
    assert (here / "a.py").read_bytes() == b"\xef\xbb\xbf" + fixed.encode()
    assert [path for path, _, _ in asked] == ["a.py"], "nothing is run that has nothing to repair"
    assert "softmax(done)" in asked[0][2], "unsafe repairs are tried too: the training decides"


def test_apply_verify_needs_a_file(run: Run) -> None:
    for arguments in (["--verify", "-"], ["--sandbox", "."]):
        ran = run("apply", *arguments)
        assert (ran.status, len(ran.err.splitlines())) == (2, 1)


def test_verify_hands_everything_over(run: Run, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from fixer.verify import command

    seen: dict[str, object] = {}

    def verify(path: str, **options: object) -> int:
        seen.update(options, path=path)
        return 1

    monkeypatch.setattr(command, "run_verify", verify)
    arguments = ["--select", "missing-zero-grad", "--device", "cpu", "--format", "json", "a.py", "--", "--epochs", "2"]
    assert run("verify", *arguments).status == 1
    assert seen == {
        "path": "a.py",
        "script_args": ["--epochs", "2"],
        "device": "cpu",
        "python": None,
        "fmt": "json",
        "unsafe": None,
        "select": ["missing-zero-grad"],
        "ignore": [],
        "keep": False,
        "quiet": False,
        "sandbox": False,
        "html": None,
        "module": False,
        "data": None,
    }
    assert run("verify", "a.py", "--select", "nonsense").status == 2
