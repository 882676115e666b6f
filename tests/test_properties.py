"""Generated training scripts: right ones have no finding; broken ones have exactly one, and its repair mends them.

A script is put together from a small grammar (kind of loop, helpers, optimizer, mixed precision, accumulation,
scheduler, indentation, comments). It is broken by the inverse of each codemod.
"""

from __future__ import annotations

import ast
import io
import random
import re
import tokenize
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from fixer import engine
from fixer.sources.python import decode

GOLDEN = Path(__file__).parent.parent / "golden"
SCRIPTS = sorted(GOLDEN.rglob("*.py"))
QUICK = settings(
    derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)

# --- the grammar ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Script:
    """What a generated script is like; ``broken`` names the bug it has."""

    style: str = "flat"
    loop: str = "loader"
    optimizer: str = "SGD(model.parameters(), lr=0.1)"
    zero: str = "head"
    model: str = "linear"
    amp: bool = False
    clip: bool = False
    window: int = 0
    scheduler: str = ""
    evaluates: bool = False
    logs: bool = False
    indent: str = "    "
    seed: int = 0
    broken: str = ""


Lines = list[tuple[int, str]]
"""Depth and text of each line."""

LOOPS: dict[str, tuple[Lines, Lines]] = {
    "loader": ([(0, "for x, y in loader:")], []),
    "enumerate": ([(0, "for i, (x, y) in enumerate(loader):")], []),
    "tqdm": ([(0, "for x, y in tqdm(loader):")], []),
    "zip": ([(0, "for (x, y), n in zip(loader, range(100)):")], []),
    "slices": ([(0, "for i in range(0, len(X), 8):"), (1, "x, y = X[i:i + 8], Y[i:i + 8]")], []),
    "next": ([(0, "batches = iter(loader)"), (0, "for i in range(len(loader)):"), (1, "x, y = next(batches)")], []),
    "while": (
        [(0, "start = 0"), (0, "while start < len(X):"), (1, "x, y = X[start:start + 8], Y[start:start + 8]")],
        [(1, "start += 8")],
    ),
}
MODELS = {
    "linear": ["model = nn.Linear(4, 3)"],
    "sequential": ["model = nn.Sequential(", "    nn.Linear(4, 8),", "    nn.ReLU(),", "    nn.Linear(8, 3),", ")"],
    "one line": ["model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))"],
    "class": ["model = Net()"],
}
NET = """\
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Linear(4, 8)
        self.head = nn.Linear(8, 3)

    def forward(self, x):
        x = F.relu(self.body(x))
        return self.head(x)
"""


def put(depth: int, lines: Lines) -> Lines:
    return [(depth + deep, text) for deep, text in lines]


def forward(s: Script) -> Lines:
    given_ = "outputs"
    lines: Lines = [(0, "outputs = model(x)")]
    if s.broken == "softmax at the loss":
        given_ = "F.softmax(outputs, dim=1)"
    if s.broken == "softmax line":
        lines.append((0, "outputs = torch.softmax(outputs, dim=1)"))
    lines.append((0, f"loss = criterion({given_}, y)"))
    if s.amp:
        return [(0, 'with torch.autocast("cuda"):'), *put(1, lines)]
    return lines


def update(s: Script) -> tuple[Lines, Lines, Lines]:
    """What stands before the forward, behind it, and at the end of the iteration."""
    clear: Lines = [] if s.broken == "no zero_grad" else [(0, "optimizer.zero_grad()")]
    loss = f"loss / {s.window}" if s.window and s.broken != "no division" else "loss"
    back = f"scaler.scale({loss}).backward()" if s.amp else f"{f'({loss})' if '/' in loss else loss}.backward()"
    steps: Lines = []
    if s.clip:
        steps += [(0, "scaler.unscale_(optimizer)")] if s.amp else []
        steps += [(0, "nn.utils.clip_grad_norm_(model.parameters(), 1.0)")]
    steps += [(0, "scaler.step(optimizer)"), (0, "scaler.update()")] if s.amp else [(0, "optimizer.step()")]
    if s.window:
        return [], [(0, back), (0, f"if (i + 1) % {s.window} == 0:"), *put(1, steps), *put(1, clear)], []
    head = clear if s.zero == "head" else []
    between = clear if s.zero == "between" else []
    tail = clear if s.zero == "tail" else []
    return head, [*between, (0, back), *steps, *tail], []


def batches(s: Script) -> Lines:
    """The batch loop, and what stands behind it when it is broken so."""
    start, end = LOOPS[s.loop]
    head, work, _ = update(s)
    per_batch: Lines = [(0, "scheduler.step()")] if s.scheduler == "batch" else []
    log: Lines = [(0, "total += loss.item()")] if s.logs else []
    if s.style == "helper":
        body = [*forward(s), (0, "apply(loss)")]
    else:
        body = [*head, *forward(s), *work]
    if s.broken == "update behind the loop":
        return [*start, *put(1, [*head, *forward(s)]), *end, *put(0, work)]
    return [*start, *put(1, [*inner(s), *body, *per_batch, *log]), *end]


def inner(s: Script) -> Lines:
    return built(s) if s.broken == "optimizer in the batch loop" else []


def built(s: Script) -> Lines:
    lines: Lines = [(0, f"optimizer = torch.optim.{s.optimizer}")]
    if s.scheduler:
        lines.append((0, "scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 5)"))
    return lines


def epochs(s: Script, loop: Lines) -> Lines:
    lines: Lines = [(0, "for epoch in range(3):")]
    if s.broken == "optimizer in the epoch loop":
        lines += put(1, built(s))
    lines += [(1, "model.train()")]
    lines += [(1, "total = 0.0")] if s.logs else []
    lines += put(1, loop)
    lines += [(1, "scheduler.step()")] if s.scheduler == "epoch" else []
    lines += [(1, "print(epoch, total)")] if s.logs else []
    if s.evaluates:
        lines += [(1, "model.eval()"), (1, "with torch.no_grad():"), (2, "for x, y in test_loader:")]
        lines += [(3, "hits = (model(x).argmax(dim=1) == y).sum()"), (3, "probabilities = model(x).softmax(dim=1)")]
    return lines


def whole(s: Script) -> Lines:
    top: Lines = [(0, "import torch"), (0, "import torch.nn as nn"), (0, "import torch.nn.functional as F")]
    top += [(0, "from torch.utils.data import DataLoader, TensorDataset"), (0, "from tqdm import tqdm"), (0, "")]
    top += [(0, "X, Y = torch.randn(64, 4), torch.randint(0, 3, (64,))"), (0, "")]
    if s.model == "class":
        lines = NET.splitlines()
        if s.broken == "softmax in the model":
            lines[-1] = "        return F.softmax(self.head(x), dim=1)"
        top += [(0, line) for line in lines] + [(0, "")]
    model = list(MODELS[s.model])
    if s.broken == "softmax in the model" and s.model == "sequential":
        model.insert(4, "    nn.Softmax(dim=1),")
    if s.broken == "softmax in the model" and s.model == "one line":
        model = [model[0].replace("nn.Linear(8, 3))", "nn.Linear(8, 3), nn.Softmax(dim=1))")]
    setup: Lines = [(0, "loader = DataLoader(TensorDataset(X, Y), batch_size=8)"), (0, "test_loader = loader")]
    setup += [(0, line) for line in model] + [(0, "criterion = nn.CrossEntropyLoss()")]
    setup += [(0, "scaler = torch.cuda.amp.GradScaler()")] if s.amp else []
    make = [] if s.broken.startswith("optimizer in") else built(s)
    if s.style == "main":
        call: Lines = [(0, ""), (0, 'if __name__ == "__main__":'), (1, "main()")]
        return [*top, (0, "def main():"), *put(1, [*setup, *make, *epochs(s, batches(s))]), *call]
    names = ["model", "loader", "criterion", "optimizer"]
    names += ["scheduler"] if s.scheduler == "batch" else []
    names += ["scaler"] if s.amp else []
    if s.style == "epoch function":
        log: Lines = [(0, "total = 0.0")] if s.logs else []
        function = [
            (0, f"def train_epoch({', '.join(names)}):"),
            *put(1, [*log, *batches(s)]),
            (1, "return loss.item()"),
        ]
        quiet = replace(s, broken="")
        call = [(0, f"last = train_epoch({', '.join(names)})")]
        return [*top, *function, (0, ""), *setup, *make, *epochs(quiet, call)]
    if s.style == "helper":
        head, work, _ = update(s)
        return [*top, *setup, *make, (0, "def apply(loss):"), *put(1, [*head, *work]), *epochs(s, batches(s))]
    if s.style == "class":
        own = {*names, "scheduler", "test_loader"}
        init: Lines = [(0, "def __init__(self):")]
        init += put(1, owned([*setup, *make], own))
        fit = [(0, "def fit(self):"), *put(1, owned(epochs(s, batches(s)), own))]
        return [*top, (0, "class Trainer:"), *put(1, [*init, (0, ""), *fit]), (0, ""), (0, "Trainer().fit()")]
    return [*top, *setup, *make, *epochs(s, batches(s))]


def owned(lines: Lines, names: Iterable[str]) -> Lines:
    """The lines with these names as attributes of ``self``."""
    mine = re.compile(rf"(?<![\w.])({'|'.join(names)})\b")
    return [(depth, mine.sub(r"self.\1", text)) for depth, text in lines]


NOTES = ["one batch", "größer ist besser", "TODO: check", "noqa", "type: ignore", "学習", "=====", "x = 1"]


def written(s: Script) -> str:
    """The script as text, with comments and blank lines here and there (the same ones for the same seed and line)."""
    found: list[str] = []
    opened = 0
    for depth, line in whole(s):
        chance = random.Random(f"{s.seed} {line.strip().split('(')[0]}")
        lead = s.indent * depth
        inside = opened > 0
        opened += line.count("(") - line.count(")")
        if s.seed and line and not inside and not line.startswith(("import", "from", " ", "def", "@")):
            if chance.random() < 0.15 and found:
                found.append("")
            if chance.random() < 0.2:
                found.append(f"{lead}# {chance.choice(NOTES)}")
            if chance.random() < 0.2 and opened == 0:
                line += f"{' ' * chance.randint(1, 3)}# {chance.choice(NOTES)}"
        found.append(lead + line if line else "")
    return "\n".join(found) + "\n"


@st.composite
def scripts(draw: st.DrawFn, **fixed: object) -> Script:
    """Any right script of the grammar."""
    style = draw(st.sampled_from(["flat", "main", "epoch function", "helper", "class"]))
    window = draw(st.sampled_from([0, 0, 0, 2, 4]))
    loop = draw(st.sampled_from(["enumerate", "next"] if window else list(LOOPS)))
    s = Script(
        style=style,
        loop=loop,
        optimizer=draw(
            st.sampled_from(
                [
                    "SGD(model.parameters(), lr=0.1)",
                    "SGD(model.parameters(), lr=0.1, momentum=0.9)",
                    "Adam(model.parameters())",
                    "AdamW(model.parameters(), lr=1e-3, weight_decay=0.01)",
                ]
            )
        ),
        zero="tail" if window else draw(st.sampled_from(["head", "between", "tail"])),
        model=draw(st.sampled_from(list(MODELS))),
        amp=draw(st.booleans()),
        clip=draw(st.booleans()),
        window=window if style != "helper" else 0,
        scheduler=draw(st.sampled_from(["", "", "epoch", "batch"])),
        evaluates=draw(st.booleans()),
        logs=draw(st.booleans()),
        indent=draw(st.sampled_from(["    ", "  ", "\t"])),
        seed=draw(st.integers(0, 50)),
    )
    return replace(s, **fixed)  # type: ignore[arg-type]


def rules(text: str) -> list[str]:
    return [finding.rule for finding in engine.check(text, "train.py").findings]


def comments(text: str) -> Counter[str]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return Counter(t.string for t in tokens if t.type == tokenize.COMMENT)


def dump(text: str, without: str = "") -> str:
    """The meaning of a script, without the statements that are equal to one."""

    class Drop(ast.NodeTransformer):
        def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
            return None if ast.unparse(node) in (without, f"self.{without}") else node

    return ast.dump(Drop().visit(ast.parse(text)))


def mended(right: Script, bug: str, rule: str) -> tuple[str, str]:
    """The text of the right script, and of the broken one after its repair; everything that is common is checked."""
    text, broken = written(right), written(replace(right, broken=bug))
    assert text != broken
    assert rules(broken) == [rule], broken
    repaired = engine.repair(broken, "train.py", unsafe=True)
    assert [finding.rule for finding in repaired.applied] == [rule]
    assert repaired.kept == ()
    assert rules(repaired.text) == []
    assert engine.repair(repaired.text, "train.py", unsafe=True).text == repaired.text
    return text, repaired.text


# --- right scripts --------------------------------------------------------------------------------------------------


@settings(QUICK, max_examples=100)
@given(scripts())
def test_a_right_script_has_no_finding(s: Script) -> None:
    text = written(s)
    assert rules(text) == [], text
    assert engine.repair(text, "train.py", unsafe=True) == engine.Repaired(text, (), ())


@settings(QUICK, max_examples=25)
@given(scripts(), st.sampled_from(["\r\n", "\r"]))
def test_other_line_ends_have_no_finding_either(s: Script, end: str) -> None:
    assert rules(written(s).replace("\n", end)) == []


# --- broken scripts -------------------------------------------------------------------------------------------------


@settings(QUICK, max_examples=35)
@given(scripts())
def test_zero_grad_is_put_back(s: Script) -> None:
    text, repaired = mended(s, "no zero_grad", "missing-zero-grad")
    clear = "optimizer.zero_grad()"
    assert repaired.count(clear) == 1
    assert dump(repaired, clear) == dump(text, clear)
    assert comments(repaired) == comments(written(replace(s, broken="no zero_grad")))
    if s.zero == "head" and not s.amp and not s.seed and s.style != "helper":
        assert repaired == text
    if s.window:
        assert dump(repaired) == dump(text)


@settings(QUICK, max_examples=25)
@given(scripts(), st.sampled_from(["batch", "epoch"]))
def test_the_optimizer_goes_back_before_the_loop(s: Script, where: str) -> None:
    assume(s.style in ("flat", "main"))
    text, repaired = mended(s, f"optimizer in the {where} loop", "optimizer-in-loop")
    assert dump(repaired) == dump(text)
    assert comments(repaired) == comments(text)
    if not s.seed:
        assert repaired == text


@settings(QUICK, max_examples=25)
@given(scripts(window=0))
def test_the_update_goes_back_into_the_loop(s: Script) -> None:
    assume(s.style != "helper" and s.loop != "while" and s.scheduler != "batch")
    s = replace(s, logs=False)
    text, repaired = mended(s, "update behind the loop", "step-outside-batch-loop")
    assert dump(repaired) == dump(text)
    assert comments(repaired) == comments(text)
    if not s.seed:
        assert repaired == text


@settings(QUICK, max_examples=35)
@given(scripts(), st.sampled_from(["softmax at the loss", "softmax line", "softmax in the model"]))
def test_the_softmax_is_taken_out(s: Script, bug: str) -> None:
    if bug == "softmax in the model":
        # Probabilities of the evaluation are a use of their own: then nothing is rewritten.
        assume(s.model != "linear" and not s.evaluates)
    text, repaired = mended(s, bug, "redundant-softmax")
    assert dump(repaired) == dump(text)
    if bug == "softmax at the loss" or not s.seed:
        assert "".join(repaired.split()) == "".join(text.split()) or s.model == "one line"
    if not s.seed:
        assert repaired == text


@settings(QUICK, max_examples=20)
@given(scripts())
def test_the_division_is_put_back(s: Script) -> None:
    assume(s.window)
    text, repaired = mended(s, "no division", "unscaled-accumulation")
    assert dump(repaired) == dump(text)


@settings(QUICK, max_examples=15)
@given(scripts(window=0, style="flat", scheduler=""), st.data())
def test_two_bugs_at_once(s: Script, data: st.DataObject) -> None:
    """The softmax line and another bug: both are found, both are mended."""
    other, rule = data.draw(
        st.sampled_from([("no zero_grad", "missing-zero-grad"), ("optimizer in the batch loop", "optimizer-in-loop")])
    )
    s = replace(s, model="class", evaluates=False)
    broken = written(replace(s, broken=other)).replace("return self.head(x)", "return self.head(x).softmax(1)")
    assert sorted(rules(broken)) == sorted([rule, "redundant-softmax"])
    repaired = engine.repair(broken, "train.py", unsafe=True)
    assert repaired.kept == () and rules(repaired.text) == []
    clear = "optimizer.zero_grad()"
    assert dump(repaired.text, clear) == dump(written(s), clear)


BUGS = ["no zero_grad", "optimizer in the batch loop", "softmax at the loss", "update behind the loop"]


@settings(QUICK, max_examples=15)
@given(scripts(style="flat", loop="loader", window=0, scheduler="", logs=False), st.sampled_from(BUGS))
def test_line_ends_and_byte_order_marks_survive(s: Script, bug: str) -> None:
    """The repair of the text with other line ends is the repair with other line ends; bytes outside are untouched."""
    broken = written(replace(s, broken=bug))
    plain = engine.repair(broken, "train.py", unsafe=True).text
    assert plain != broken
    assert engine.repair(broken.replace("\n", "\r\n"), "train.py", unsafe=True).text == plain.replace("\n", "\r\n")
    raw = b"\xef\xbb\xbf" + broken.replace("\n", "\r\n").encode()
    decoded = decode(raw)
    repaired = engine.repair(decoded.text, "train.py", unsafe=True).text
    assert decoded.with_text(repaired) == b"\xef\xbb\xbf" + plain.replace("\n", "\r\n").encode()
    assert decoded.with_text(decoded.text) == raw
    missing = engine.repair(broken.removesuffix("\n"), "train.py", unsafe=True).text
    assert missing == plain.removesuffix("\n")


@settings(QUICK, max_examples=30)
@given(scripts(style="flat", window=0), st.sampled_from(BUGS))
def test_lines_outside_of_the_edit_stay(s: Script, bug: str) -> None:
    assume(bug != "update behind the loop" or not (s.loop == "while" or s.scheduler == "batch" or s.logs))
    broken = written(replace(s, broken=bug))
    repaired = engine.repair(broken, "train.py", unsafe=True).text
    gone = Counter(line.strip() for line in broken.splitlines())
    gone.subtract(line.strip() for line in repaired.splitlines())
    changed = {line for line, count in gone.items() if count and line}
    allowed = {
        "no zero_grad": lambda line: line == "optimizer.zero_grad()",
        "softmax at the loss": lambda line: "criterion(" in line,
    }.get(bug, lambda line: False)
    assert all(allowed(line) for line in changed), changed


# --- any text -------------------------------------------------------------------------------------------------------


def survives(text: str) -> None:
    """Findings or a SourceError; a repair that parses and is stable."""
    try:
        engine.check(text, "any.py")
    except engine.SourceError as error:
        assert error.message and (error.line is None or error.line >= 0)
        return
    repaired = engine.repair(text, "any.py", unsafe=True)
    ast.parse(repaired.text)
    again = engine.repair(repaired.text, "any.py", unsafe=True)
    assert again.text == repaired.text and again.applied == ()


@settings(QUICK, max_examples=150)
@given(st.text(max_size=80))
def test_any_text(text: str) -> None:
    survives(text)


FRAGMENTS = st.sampled_from(
    """
import torch|from torch import nn, optim|model = nn.Linear(1, 1)|opt = optim.SGD(model.parameters(), 1)|opt.step()
loss.backward()|opt.zero_grad()|loss = nn.CrossEntropyLoss()(model(x).softmax(1), y)|for x, y in loader:|while True:
if i % 4 == 0:|else:|try:|except Exception:|finally:|with torch.no_grad():|def f(model, opt):|class A(nn.Module):
def forward(self, x):|return x|break|continue|pass|yield x|f(model, opt)|self.opt = opt|self.opt.step()|del model
global opt|lambda: opt.step()|raise|x: int = 1|match x:|case 1:|async def g():|await g()|opt = None|model = opt
loss = 0|loss += f(model, opt)|print(loss)|@torch.no_grad()|[opt.step() for _ in y]|x = (i := i + 1)|from a import *
import a.b as c|nonlocal x|(loss / 4).backward()|opts = [opt, opt]
""".strip()
    .replace("\n", "|")
    .split("|")
)


@settings(QUICK, max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 4), FRAGMENTS), max_size=14))
def test_statements_in_any_order(parts: list[tuple[int, str]]) -> None:
    """Blocks are closed as needed, so that most of these parse."""
    lines: list[str] = []
    deep = 0
    for back, text in parts:
        deep = max(0, deep - back)
        if text in ("else:", "finally:", "except Exception:", "case 1:"):
            text = "if x:"
        lines.append("    " * deep + text)
        if text == "try:":
            lines += ["    " * deep + "    pass", "    " * deep + "finally:"]
        elif text == "match x:":
            lines.append("    " * (deep + 1) + "case _:")
            deep += 1
        if text.startswith("@"):
            lines.append("    " * deep + "def h(x):")
        if lines[-1].endswith(":"):
            deep += 1
            lines.append("    " * deep + "pass")
    survives("\n".join(lines) + "\n")


@pytest.mark.parametrize("part", range(8))
def test_mutated_golden_cases(part: int) -> None:
    """Golden cases with lines lost, doubled, swapped and moved sideways."""
    chance = random.Random(part)
    for path in chance.sample(SCRIPTS, 6):
        text = decode(path.read_bytes()).text
        lines = text.splitlines(keepends=True)
        for _ in range(chance.randint(1, 3)):
            at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
            kind = chance.randrange(5)
            if kind == 0:
                lines[at] = "\n"
            elif kind == 1:
                lines.insert(at, lines[other])
            elif kind == 2:
                lines[at], lines[other] = lines[other], lines[at]
            elif kind == 3:
                lines[at] = "    " + lines[at]
            else:
                lines[at] = lines[at].removeprefix("    ")
        survives("".join(lines))
