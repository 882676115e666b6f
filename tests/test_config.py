"""[tool.fixer]: which file applies, what its keys do, and what is said about mistakes."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import jsonschema
import pytest
from conftest import RULES, Run
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from fixer import config
from fixer.cache import default_folder
from fixer.config import KEYS, VERIFY_KEYS
from fixer.config_show import schema
from fixer.names import nearest

pytestmark = pytest.mark.usefixtures("fake")

BOTH = "for x in y:\n    backward(safe)\n    softmax(unsafe)\n"


def settings(folder: Path, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(f"[project]\nname = 'x'\n\n[tool.fixer]\n{text}")
    (folder / "a.py").write_text(BOTH)


def found(run: Run, *arguments: str) -> list[tuple[str, str]]:
    answer = json.loads(run("check", "--format", "json", *arguments).out)
    assert not answer["errors"]
    return [(finding["path"], finding["rule"]) for finding in answer["findings"]]


ZERO, SOFTMAX = ("a.py", "missing-zero-grad"), ("a.py", "redundant-softmax")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [ZERO, SOFTMAX]),
        ("select = ['redundant-softmax']", [SOFTMAX]),
        ("select = ['redundant-softmax']\nextend-select = ['missing-zero-grad']", [ZERO, SOFTMAX]),
        ("ignore = ['redundant-softmax']", [ZERO]),
        ("select = ['redundant-softmax']\nignore = ['redundant-softmax']", []),
        ("per-file-ignores = { 'a*.py' = ['missing-zero-grad'] }", [SOFTMAX]),
        ("per-file-ignores = { 'sub/' = ['missing-zero-grad'] }", [ZERO, SOFTMAX]),
    ],
)
def test_rules_are_chosen(run: Run, here: Path, text: str, expected: list[tuple[str, str]]) -> None:
    settings(here, text)
    assert found(run, "a.py") == expected


def test_the_command_line_wins(run: Run, here: Path) -> None:
    settings(here, "select = ['redundant-softmax']\nper-file-ignores = { '*' = ['missing-zero-grad'] }")
    assert found(run, "a.py", "--select", "missing-zero-grad") == [ZERO]
    settings(here, "ignore = ['redundant-softmax']")
    assert found(run, "a.py", "--ignore", "missing-zero-grad") == []


def test_the_nearest_settings_count(run: Run, here: Path) -> None:
    settings(here, "select = ['redundant-softmax']")
    settings(here / "sub", "select = ['missing-zero-grad']")
    (here / "sub" / "deep").mkdir()
    (here / "sub" / "deep" / "a.py").write_text(BOTH)
    (here / "other").mkdir()
    (here / "other" / "pyproject.toml").write_text("[project]\nname = 'without a table of ours'\n")
    (here / "other" / "a.py").write_text(BOTH)
    assert found(run, ".") == [
        ("a.py", "redundant-softmax"),
        ("other/a.py", "redundant-softmax"),
        ("sub/a.py", "missing-zero-grad"),
        ("sub/deep/a.py", "missing-zero-grad"),
    ]


def test_exclude_holds_for_folders_and_not_for_named_files(run: Run, here: Path) -> None:
    settings(here, "exclude = ['vendored/', '/b*.py']")
    for name in ("b1.py", "vendored/c.py", "sub/b2.py"):
        (here / name).parent.mkdir(exist_ok=True)
        (here / name).write_text("backward(safe)\n")
    assert [path for path, _ in found(run, ".")] == ["a.py", "a.py", "sub/b2.py"]
    assert [path for path, _ in found(run, "b1.py", "vendored/c.py")] == ["b1.py", "vendored/c.py"]


def test_unsafe_is_a_setting_that_the_command_line_can_take_back(run: Run, here: Path) -> None:
    settings(here, "unsafe = true")
    assert run("diff", "a.py").out.count("+    zero()") == 2
    assert run("diff", "--no-unsafe", "a.py").out.count("+    zero()") == 1


def test_a_settings_file_of_ones_own(run: Run, here: Path) -> None:
    settings(here, "select = ['missing-zero-grad']")
    (here / "fixer.toml").write_text("select = ['redundant-softmax']\n")
    assert found(run, "a.py", "--config", "fixer.toml") == [SOFTMAX]
    assert found(run, "a.py", "--config", "pyproject.toml") == [ZERO]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("selct = []", 5, "unknown key 'selct'; did you mean 'select'? (in [tool.fixer])"),
        ("zzzzzz = 1", 5, "unknown key 'zzzzzz'; known: baseline, bot, cache-dir, exclude,"),
        ("\nselect = ['missing-zerograd']", 6, "unknown rule 'missing-zerograd'; did you mean 'missing-zero-grad'?"),
        ("select = 'missing-zero-grad'", 5, "select must be a list of strings"),
        ("exclude = [1]", 5, "exclude must be a list of strings"),
        ("time-limit = 0", 5, "time-limit must be a number of seconds above 0"),
        ("baseline = 1", 5, "baseline must be a path"),
        ("verify = 1", 5, "verify must be a table"),
        ("[tool.fixer.verify]\ndevise = 1", 6, "unknown key 'devise'; did you mean 'device'? (in [tool.fixer.verify])"),
        ("[tool.fixer.verify]\ndevice = 'tpu'", 6, "verify.device must be one of auto, cpu, cuda"),
        ("[tool.fixer.verify]\nsandbox = 'no'", 6, "verify.sandbox must be true or false"),
        ("unsafe = 'yes'", 5, "unsafe must be true or false"),
        ("per-file-ignores = ['a.py']", 5, "per-file-ignores must be a table"),
        ("per-file-ignores = { 'a.py' = ['zero'] }", 5, "unknown rule 'zero'"),
        ("[tool.fixer.per-file-ignores]\n'a.py' = []\n'b/*.py' = ['zero']", 7, "(in per-file-ignores, 'b/*.py')"),
        ("[tool.fixer.per-file-ignores]\n'a.py' = 1", 6, "per-file-ignores, 'a.py' must be a list of strings"),
        ("[tool.fixer.verify]\npython = ''", 6, "verify.python must be a string that is not empty"),
        ("select == []", 5, "not valid TOML"),
    ],
)
def test_a_mistake_is_one_error_with_its_line(run: Run, here: Path, text: str, line: int, words: str) -> None:
    settings(here, text)
    (here / "b.py").write_text(BOTH)
    ran = run("check", ".")
    assert ran.status == 2
    (only,) = ran.err.splitlines()
    assert only.startswith(f"error: pyproject.toml:{line}: ") and words in only
    assert run("config", "a.py").status == 2
    explicit = run("check", "--config", "pyproject.toml", "a.py")
    assert explicit.status == 2 and words in explicit.err


def test_a_missing_settings_file(run: Run, here: Path) -> None:
    settings(here, "")
    ran = run("check", "--config", "nope.toml", "a.py")
    assert (ran.status, ran.err) == (2, "error: nope.toml: cannot be read: no such file or directory\n")


def test_config_tells_every_value_and_where_it_comes_from(run: Run, here: Path) -> None:
    text = "ignore = ['redundant-softmax']\nunsafe = true\nexclude = ['old/']\n"
    settings(here, text + "[tool.fixer.verify]\ndevice = 'cpu'")
    (here / "old").mkdir()
    told = run("config", "a.py").out.splitlines()
    assert told[:2] == ["settings from pyproject.toml", "rules: missing-zero-grad, unused-ignore"]
    values = dict(line.split("  # ") for line in (" ".join(line.split(" ")) for line in told[2:]))
    assert {key.strip(): origin for key, origin in values.items()} | {"cache-dir": ""} == {
        "select = (not set)": "default",
        "extend-select = []": "default",
        'ignore = ["redundant-softmax"]': "pyproject.toml:5",
        'exclude = ["old/"]': "pyproject.toml:7",
        "extend-include = []": "default",
        "per-file-ignores = {}": "default",
        "unsafe = true": "pyproject.toml:6",
        "baseline = (not set)": "default",
        f'cache-dir = "{default_folder()}"': "default",
        "time-limit = 10": "default",
        'verify.device = "cpu"': "pyproject.toml:9",
        "verify.python = (not set)": "default",
        "verify.sandbox = (not set)": "default",
        "cache-dir": "",
    }
    answer = json.loads(run("config", "--format", "json", "a.py").out)
    assert answer["settings"]["unsafe"] == {"value": True, "origin": "pyproject.toml:6"}
    assert (answer["file"], answer["excluded"]) == ("pyproject.toml", False)
    assert "excluded" in run("config", "old").out
    assert run("config", "nope").status == 2


def test_settings_of_verify_reach_it_and_the_command_line_wins(
    run: Run, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fixer.verify import command

    settings(here, f"verify = {{ device = 'cpu', python = '{sys.executable}', sandbox = true }}")
    seen: dict[str, object] = {}
    monkeypatch.setattr(command, "run_verify", lambda path, **options: seen.update(options) or 0)
    assert run("verify", "a.py").status == 0
    assert (seen["device"], seen["python"], seen["sandbox"]) == ("cpu", sys.executable, True)
    run("verify", "--device", "cuda", "--python", "python3", "--no-sandbox", "a.py")
    assert (seen["device"], seen["python"], seen["sandbox"]) == ("cuda", "python3", False)
    settings(here, "verify = { devise = 'cpu' }")
    ran = run("verify", "a.py")
    assert (ran.status, len(ran.err.splitlines())) == (2, 1)


def test_a_line_is_named_in_its_own_table_only(run: Run, here: Path) -> None:
    file, other = here / "pyproject.toml", "[tool.ruff]\nselect = ['E']\n"
    file.write_text(f"{other}[tool]\n'fixer' . unsafe = 1\n[other]\nunsafe = 2\n")
    (here / "a.py").write_text(BOTH)
    assert run("check", "a.py").err == "error: pyproject.toml:4: unsafe must be true or false\n"
    file.write_text(f"{other}[tool.fixer]\n\nselect = ['redundant-softmax']\n")
    told = json.loads(run("config", "--format", "json", "a.py").out)["settings"]["select"]
    assert told == {"value": ["redundant-softmax"], "origin": "pyproject.toml:5"}


def test_extend_include_takes_other_files_of_folders_in(run: Run, here: Path) -> None:
    settings(here, "extend-include = ['docs/*.md', '/train']")
    (here / "docs").mkdir()
    (here / "docs" / "a.md").write_text("```python\nbackward(safe)\n```\n")
    (here / "b.md").write_text("```python\nbackward(safe)\n```\n")
    (here / "train").write_text("backward(safe)\n")
    (here / "c.txt").write_text("backward(safe)\n")
    assert {path for path, _ in found(run, ".")} == {"a.py", "docs/a.md", "train"}
    assert {path for path, _ in found(run, "b.md", "docs")} == {"b.md", "docs/a.md"}


# --- the schema for editors ----------------------------------------------------------------------------------------

SCHEMA = Path(__file__).parent.parent / "schema" / "training-fixer.json"


def test_the_schema_is_what_the_code_says() -> None:
    assert json.loads(SCHEMA.read_text()) == schema()


def toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


RULE_NAMES = st.sampled_from(["missing-zero-grad", "redundant-softmax"])
WORDS = st.sampled_from(["a.py", "x/", "", "cpu", "auto", "tpu"])
SCALARS = st.booleans() | st.integers(-2, 2_000_000) | st.floats(-1, 20) | WORDS
VALUES = (
    SCALARS
    | st.lists(SCALARS, max_size=2)
    | st.lists(RULE_NAMES, max_size=2)
    | st.dictionaries(WORDS, st.lists(RULE_NAMES, max_size=1) | SCALARS, max_size=2)
    | st.dictionaries(st.sampled_from([*VERIFY_KEYS, "devise"]), SCALARS, max_size=2)
)


@hypothesis_settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from([*KEYS, "verify", "selct"]), VALUES, max_size=3))
def test_the_schema_accepts_what_the_code_accepts(tmp_path: Path, table: dict[str, object]) -> None:
    file = tmp_path / "fixer.toml"
    file.write_text("".join(f"{key} = {toml(value)}\n" for key, value in table.items()))
    config._load.cache_clear()
    allowed = jsonschema.Draft7Validator(json.loads(SCHEMA.read_text())).is_valid(table)
    strings = [word for key in ("select", "extend-select", "ignore") for word in as_list(table.get(key))]
    strings += [word for one in as_dict(table.get("per-file-ignores")).values() for word in as_list(one)]
    if any(isinstance(word, str) and word and word not in RULES for word in strings):
        return  # which rules there are is not the schema's business
    try:
        config.settings_for("a.py", str(file))
        accepted = True
    except config.BadSettings:
        accepted = False
    assert accepted == allowed


def as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def as_dict(value: object) -> dict[str, object]:
    return value if isinstance(value, dict) else {}


def test_the_nearest_name() -> None:
    names = ["select", "extend-select", "ignore"]
    assert nearest("selcet", names) == "select"
    assert nearest("IGNORE", names) == "ignore"
    assert nearest("exclude-files", names) is None
    assert nearest("x", []) is None
