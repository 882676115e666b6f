"""Loops as the reader sees them: what goes over batches, and where an update stands in them."""

from __future__ import annotations

import pytest
from training import expect, faults, look, source

HEAD = """
import itertools
import torch
from torch import nn
from torch.utils.data import DataLoader
from tqdm import tqdm, trange
model = nn.Linear(4, 2)
opt = torch.optim.Adam(model.parameters())
criterion = nn.MSELoss()
loader = DataLoader(data, batch_size=4)
"""

BATCH_LOOPS = {
    "loader": "for x, y in loader:",
    "one name": "for batch in loader:\n    x, y = batch",
    "indexed batch": "for batch in loader:\n    x, y = batch['x'], batch['y']",
    "moved": "for x, y in loader:\n    x, y = x.to(device), y.to(device)",
    "enumerate": "for i, (x, y) in enumerate(loader):",
    "enumerate from": "for i, (x, y) in enumerate(loader, start=1):",
    "enumerate data": "for i, data in enumerate(loader, 0):\n    x, y = data",
    "zip": "for (x, _), (y, _) in zip(loader, other_loader):",
    "tqdm": "for x, y in tqdm(loader, desc='train', leave=False):",
    "tqdm enumerate": "for i, (x, y) in tqdm(enumerate(loader), total=len(loader)):",
    "enumerate tqdm": "for i, (x, y) in enumerate(tqdm(loader)):",
    "progress bar": "bar = tqdm(loader)\nfor x, y in bar:\n    bar.set_description('a')",
    "slices": "for i in range(0, len(X), 32):\n    x, y = X[i:i + 32], Y[i:i + 32]",
    "slices by count": "for i in range(n // 32):\n    x, y = X[i * 32:(i + 1) * 32], Y[i * 32:(i + 1) * 32]",
    "permutation": "perm = torch.randperm(n)\nfor i in range(0, n, 32):\n    j = perm[i:i + 32]\n    x, y = X[j], Y[j]",
    "range next": "it = iter(loader)\nfor i in range(len(loader)):\n    x, y = next(it)",
    "trange": "it = iter(loader)\nfor i in trange(100):\n    x, y = next(it)",
    "while counter": "i = 0\nwhile i < 100:\n    x, y = get_batch(i)\n    i += 1",
    "while slices": "i = 0\nwhile i < n:\n    x, y = X[i:i + 32], Y[i:i + 32]\n    i += 32",
    "while true": "it = iter(loader)\nwhile 1:\n    try:\n        x, y = next(it)\n    except Done:\n        break",
    "walrus": "it = iter(loader)\nwhile (batch := next(it, None)) is not None:\n    x, y = batch",
    "islice": "for x, y in itertools.islice(loader, 10):",
    "cycle": "for i, (x, y) in zip(range(100), itertools.cycle(loader)):",
    "full batch": "for epoch in range(100):\n    x, y = X, Y",
    "method": "for x, y in loader.epoch():",
    "generator": "def draw():\n    for i in range(0, n, 9):\n        yield X[i:i + 9], Y[i:i + 9]\nfor x, y in draw():",
    "dict of loaders": "loaders = {'train': loader, 'val': loader}\nfor x, y in loaders['train']:",
    "for else": "for x, y in loader:",
}


def loop(head: str, body: list[str]) -> str:
    """A loop of BATCH_LOOPS with more statements in its body."""
    lines = head.split("\n")
    indent = next(line for line in reversed(lines) if line.startswith(("for", "while")))
    own = "    " if lines[-1] == indent or lines[-1].startswith(" ") else ""
    return source(HEAD) + "\n".join([*lines, *(own + line for line in body)]) + "\n"


UPDATE = [
    "opt.zero_grad()  #-",
    "loss = criterion(model(x), y)",
    "loss.backward()  # <- stale",
    "opt.step()",
]


@pytest.mark.parametrize("name", BATCH_LOOPS)
def test_zero_grad_in_every_loop(name: str) -> None:
    expect(loop(BATCH_LOOPS[name], UPDATE))


@pytest.mark.parametrize("name", BATCH_LOOPS)
def test_an_optimizer_built_in_every_loop(name: str) -> None:
    body = ["opt = torch.optim.Adam(model.parameters())  # <- rebuilt", *[u.split("  #")[0] for u in UPDATE]]
    expect(loop(BATCH_LOOPS[name], body))


def test_nested_in_epochs() -> None:
    expect(
        source(HEAD)
        + source("""
        for epoch in range(10):
            model.train()
            running = 0.0
            for x, y in loader:
                opt.zero_grad()  #-
                loss = criterion(model(x), y)
                loss.backward()  # <- stale
                opt.step()
                running += loss.item()
            model.eval()
            with torch.no_grad():
                for x, y in test_loader:
                    total = criterion(model(x), y)
            print(running)
    """)
    )


def test_zeroed_once_per_epoch() -> None:
    text = source(HEAD) + source("""
        for epoch in range(10):
            opt.zero_grad()
            for x, y in loader:
                loss = criterion(model(x), y)
                loss.backward()  # <- stale
                opt.step()
    """)
    expect(text)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("with torch.autocast('cuda'):", ""),
        ("with torch.autograd.set_detect_anomaly(True):", ""),
        ("with torch.enable_grad():", ""),
        ("with model.join():", ""),
        ("if True:", ""),
        ("try:", "except KeyboardInterrupt:\n            break"),
        ("try:", "finally:\n            pass"),
        ("try:", "except RuntimeError:\n            continue"),
    ],
)
def test_blocks_around_the_update(before: str, after: str) -> None:
    text = source(HEAD) + "for x, y in loader:\n    " + before + "\n"
    text += "".join(f"        {line}\n" for line in UPDATE)
    if after:
        text += "    " + after.replace("\n            ", "\n        ") + "\n"
    expect(text)


@pytest.mark.parametrize(
    "skip",
    [
        "if x.size(0) < 2: continue",
        "if i > 100: break",
        "if torch.isnan(x).any():\n        continue",
        "if i == 5:\n        break",
        "assert x.shape[0]",
        "if x is None:\n        raise ValueError('empty')",
    ],
)
def test_continue_and_break(skip: str) -> None:
    lines = "".join(f"    {line}\n" for line in UPDATE)
    expect(source(HEAD) + f"for i, (x, y) in enumerate(loader):\n    {skip}\n{lines}")
    lines = lines.replace("    opt.step()", f"    {skip}\n    opt.step()")
    assert faults(look(source(HEAD) + f"for i, (x, y) in enumerate(loader):\n{lines}")) == []


def test_a_loop_that_runs_once() -> None:
    for head in ("for _ in range(1):", "for x, y in [(X, Y)]:", "while True:"):
        body = "\n    ".join(["loss = criterion(model(X), Y)", "loss.backward()", "opt.step()"])
        text = source(HEAD) + f"{head}\n    {body}\n" + ("    break\n" if head == "while True:" else "")
        assert faults(look(text)) == [], head


def test_no_loop() -> None:
    assert faults(look(source(HEAD) + "criterion(model(X), Y).backward()\nopt.step()\n")) == []


def test_async_and_comprehension_loops() -> None:
    expect(
        source(HEAD)
        + source("""
        async def train():
            async for x, y in loader:
                opt.zero_grad()  #-
                loss = criterion(model(x), y)
                loss.backward()  # <- stale
                opt.step()
                await report(loss.item())
    """)
    )


# --- the update behind the batch loop -------------------------------------------------------------------------------


def test_erased() -> None:
    expect(
        source(HEAD)
        + source("""
        for epoch in range(10):
            for x, y in loader:
                opt.zero_grad()
                loss = criterion(model(x), y)
                loss.backward()
            opt.step()  # <- outside
    """)
    )


def test_last_loss() -> None:
    expect(
        source(HEAD)
        + source("""
        for epoch in range(10):
            for x, y in loader:
                loss = criterion(model(x), y)
            opt.zero_grad()
            loss.backward()  # <- outside
            opt.step()
    """)
    )


def test_last_batch() -> None:
    expect(
        source(HEAD)
        + source("""
        for epoch in range(10):
            for x, y in loader:
                x, y = x.cuda(), y.cuda()
            opt.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()  # <- outside
            opt.step()
    """)
    )


@pytest.mark.parametrize(
    "name", ["loader", "enumerate", "zip", "tqdm", "slices", "permutation", "range next", "moved", "dict of loaders"]
)
def test_the_last_loss_of_every_loop(name: str) -> None:
    inner = loop(BATCH_LOOPS[name], ["loss = criterion(model(x), y)"])[len(source(HEAD)) :]
    body = "".join(f"    {line}\n" for line in inner.splitlines())
    text = source(HEAD) + f"for epoch in range(9):\n{body}"
    expect(text + "    opt.zero_grad()\n    loss.backward()  # <- outside\n    opt.step()\n")


@pytest.mark.parametrize(
    "collected",
    [
        ("total = 0", "total += loss", "total.backward()"),
        ("total = 0", "total = total + loss", "total.backward()"),
        ("total = []", "total.append(loss)", "sum(total).backward()"),
        ("total = []", "total.append(loss)", "torch.stack(total).mean().backward()"),
        ("total = []", "total += [loss]", "torch.stack(total).sum().backward()"),
        ("total = {}", "total[len(total)] = loss", "sum(total.values()).backward()"),
    ],
)
def test_losses_collected_on_purpose(collected: tuple[str, str, str]) -> None:
    start, add, back = collected
    text = f"""
for epoch in range(10):
    {start}
    for x, y in loader:
        loss = criterion(model(x), y)
        {add}
    opt.zero_grad()
    {back}
    opt.step()
"""
    assert faults(look(source(HEAD) + source(text))) == []


@pytest.mark.parametrize(
    "text",
    [
        """
        for task in tasks:
            loss = criterion(model(task.x), task.y)
        opt.zero_grad()
        loss.backward()
        opt.step()
        """,
        """
        for epoch in range(10):
            for t in range(50):
                action = model(state)
                state, reward = env.step(action)
            loss = criterion(action, reward)
            opt.zero_grad()
            loss.backward()
            opt.step()
        """,
        """
        for epoch in range(10):
            for layer in layers:
                x = layer(x)
            opt.zero_grad()
            criterion(model(x), y).backward()
            opt.step()
        """,
        """
        for epoch in range(10):
            for x, y in val_loader:
                with torch.no_grad():
                    val = criterion(model(x), y)
            opt.zero_grad()
            loss = criterion(model(X), Y)
            loss.backward()
            opt.step()
        """,
        """
        for epoch in range(10):
            opt.zero_grad()
            for x, y in loader:
                loss = criterion(model(x), y) / len(loader)
                loss.backward()
            opt.step()
        """,
        """
        for epoch in range(10):
            for x, y in loader:
                break
            opt.zero_grad()
            criterion(model(x), y).backward()
            opt.step()
        """,
        """
        for epoch in range(10):
            for x, y in loader:
                opt.zero_grad()
                criterion(model(x), y).backward()
                opt.step()
            scheduler.step()
        """,
    ],
    ids=["tasks", "time steps", "layers", "validation", "whole loop", "first batch", "scheduler"],
)
def test_not_outside(text: str) -> None:
    assert faults(look(source(HEAD) + source(text))) == []


# --- accumulation ---------------------------------------------------------------------------------------------------

WINDOWS = {
    "modulo": ("", "if (i + 1) % k == 0:", ""),
    "not modulo": ("", "if not (i + 1) % k:", ""),
    "minus one": ("", "if i % k == k - 1:", ""),
    "or last": ("", "if (i + 1) % k == 0 or i + 1 == len(loader):", ""),
    "literal": ("", "if (i + 1) % 4 == 0:", ""),
    "attribute": ("", "if (i + 1) % args.accum == 0:", ""),
    "flag": ("", "flag = (i + 1) % k == 0\n    if flag:", ""),
    "counter": ("steps = 0\n", "steps += 1\n    if steps % k == 0:", ""),
    "reset counter": ("steps = 0\n", "steps += 1\n    if steps == k:", "        steps = 0\n"),
}


def accumulating(name: str, divide: str, zero: str = "        opt.zero_grad()\n") -> str:
    before, test, after = WINDOWS[name]
    return (
        f"{source(HEAD)}k = 4\n{before}for i, (x, y) in enumerate(loader):\n    loss = criterion(model(x), y){divide}\n"
        f"    loss.backward()  # <- {'unscaled' if zero else 'stale'}\n    {test}\n        opt.step()\n{zero}{after}"
    )


@pytest.mark.parametrize("name", WINDOWS)
def test_windows(name: str) -> None:
    expect(accumulating(name, ""))
    assert faults(look(accumulating(name, " / k"))) == []
    expect(accumulating(name, " / k", zero=""))


@pytest.mark.parametrize(
    "divided",
    [
        "loss = loss / k\n    loss.backward()",
        "loss /= k\n    loss.backward()",
        "(loss / k).backward()",
        "loss.div(k).backward()",
        "loss.backward(torch.tensor(1 / k))",
        "loss = loss * (1 / k)\n    loss.backward()",
        "scaled = loss / k\n    scaled.backward()",
        "if k > 1: loss = loss / k\n    loss.backward()",
        "loss.mul(1.0 / k).backward()",
        "helper(loss)",
        "loss = loss * weight\n    loss.backward()",
    ],
)
def test_divided(divided: str) -> None:
    text = (
        source(HEAD) + "k = 4\ndef helper(value):\n    (value / k).backward()\nfor i, (x, y) in enumerate(loader):\n"
        f"    loss = criterion(model(x), y)\n    {divided}\n"
        "    if (i + 1) % k == 0:\n        opt.step()\n        opt.zero_grad()\n"
    )
    assert faults(look(text)) == []


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("i % 3 == 0", "i % 3 == 2"),
        ("i % 5 == 0", "i % 5 == 4"),
        ("i % 3 == 0", "(i + 1) % 3 == 0"),
        ("i % 4 == 0", "i % 4 == 3"),
    ],
)
def test_a_window_of_a_known_length(start: str, end: str) -> None:
    expect(f"""
        import torch
        from torch import nn
        model = nn.Linear(4, 2)
        opt = torch.optim.Adam(model.parameters())
        for i, (x, y) in enumerate(loader):
            if {start}:
                opt.zero_grad()
            loss = nn.functional.mse_loss(model(x), y)
            loss.backward()  # <- unscaled
            if {end}:
                opt.step()
    """)


def test_a_sum_is_not_averaged() -> None:
    text = accumulating("modulo", "")
    assert faults(look(text.replace("nn.MSELoss()", "nn.MSELoss(reduction='sum')"))) == []
    assert faults(look(text.replace("nn.MSELoss()", "unknown_loss()"))) == []


def test_micro_steps_and_whole_loop() -> None:
    expect(
        source(HEAD)
        + source("""
        for epoch in range(10):
            opt.zero_grad()
            for x, y in loader:
                loss = criterion(model(x), y)
                loss.backward()  # <- unscaled
            opt.step()
    """)
    )
    expect(
        source(HEAD)
        + source("""
        it = iter(loader)
        for step in range(100):
            opt.zero_grad()
            for micro in range(4):
                x, y = next(it)
                loss = criterion(model(x), y)
                loss.backward()  # <- unscaled
            opt.step()
    """)
    )


def test_counted_tests_that_only_log() -> None:
    expect(
        source(HEAD)
        + source("""
        for i, (x, y) in enumerate(loader):
            opt.zero_grad()  #-
            loss = criterion(model(x), y)
            loss.backward()  # <- stale
            opt.step()
            if i % 10 == 0:
                print(i, loss.item())
            if (i + 1) % 100 == 0:
                torch.save(model.state_dict(), "model.pt")
    """)
    )


# --- the optimizer's life -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "setup",
    [
        "model = nn.Linear(4, 2)",
        "model = make_model()",
        "model.reset_parameters()",
        "model.apply(init)",
        "model.load_state_dict(start)",
        "model = copy.deepcopy(base)",
    ],
)
def test_a_new_optimizer_for_new_parameters(setup: str) -> None:
    text = source(HEAD) + source("""
        import copy
        def make_model():
            return nn.Linear(4, 2)
        for fold in range(5):
            SETUP
            opt = torch.optim.Adam(model.parameters())
            for x, y in loader:
                opt.zero_grad()
                criterion(model(x), y).backward()
                opt.step()
    """).replace("SETUP", setup)
    assert faults(look(text)) == []


@pytest.mark.parametrize(
    "built",
    [
        "if opt is None:\n        opt = torch.optim.Adam(model.parameters())",
        "if i % 100 == 0:\n        opt = torch.optim.Adam(model.parameters())",
        "x = x.clone().requires_grad_(True)\n    opt = torch.optim.Adam([x])",
        "opt = torch.optim.Adam(heads[i].parameters())",
    ],
)
def test_not_rebuilt(built: str) -> None:
    text = (
        f"{source(HEAD)}opt = None\nfor i, (x, y) in enumerate(loader):\n    {built}\n"
        "    opt.zero_grad()\n    criterion(model(x), y).backward()\n    opt.step()\n"
    )
    assert [fault for fault in faults(look(text)) if fault[1] == "rebuilt"] == []


def test_built_per_epoch() -> None:
    expect(
        source(HEAD)
        + source("""
        for epoch in range(10):
            opt = torch.optim.Adam(model.parameters())  # <- rebuilt
            for x, y in loader:
                opt.zero_grad()
                criterion(model(x), y).backward()
                opt.step()
    """)
    )


def test_built_in_a_function_that_the_loop_calls() -> None:
    expect(
        source(HEAD)
        + source("""
        def train_step(x, y):
            opt = torch.optim.Adam(model.parameters())  # <- rebuilt
            opt.zero_grad()
            criterion(model(x), y).backward()
            opt.step()
        for x, y in loader:
            train_step(x, y)
    """)
    )
