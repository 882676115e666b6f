"""The bug of each rule, as it is planted into each right loop of ``interplay_cases`` where it can stand."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from interplay_cases import LOOPS

Plant = Callable[[str], str]


def swap(*pairs: tuple[str, str]) -> Plant:
    """A bug as replacements of text; each must be there exactly once."""

    def plant(text: str) -> str:
        for old, new in pairs:
            assert text.count(old) == 1, (old, text)
            text = text.replace(old, new)
        return text

    return plant


ZERO, BACK, STEP = (
    "            optimizer.zero_grad()\n",
    "            loss.backward()\n",
    "            optimizer.step()\n",
)
CLIP = "            nn.utils.clip_grad_norm_(model.parameters(), 0.5)\n"
SUM, MOVE = "            total += loss.item()\n", "        scheduler.step()\n"


def by(indent: str, *plants: tuple[str, str]) -> Plant:
    """Replacements of lines that stand ``indent`` deeper, or less deep, than in a loop of a loop."""
    return swap(*((old.replace("            ", indent), new.replace("            ", indent)) for old, new in plants))


def outside(text: str) -> str:
    """The update, from its zero_grad or backward to its last line, one level out and behind the batch loop."""
    lines = text.splitlines(keepends=True)
    parts = [
        n for n, line in enumerate(lines) if re.match(r" +(optimizer\.(zero_grad|step)|loss\.backward|nn\.utils)", line)
    ]
    last = parts[-1]
    while lines[last + 1].startswith(" " * 12):
        last += 1
    moved = [lines[n][4:] for n in parts]
    return "".join([*(line for n, line in enumerate(lines[: last + 1]) if n not in parts), *moved, *lines[last + 1 :]])


def inside(made: str, loop: str) -> Plant:
    """An optimizer that is made in the loop whose header is ``loop``."""
    indent = " " * (len(loop) - len(loop.lstrip()) + 4)
    return swap((made, ""), (loop, loop + indent + made.lstrip()))


def update(indent: str) -> dict[str, Plant]:
    """The bugs of a plain update: the same in most loops."""
    return {
        "missing-zero-grad": by(indent, (ZERO, "")),
        "zero-grad-before-step": by(indent, (ZERO, ""), (BACK, BACK + ZERO)),
        "clip-after-step": by(indent, (CLIP, ""), (STEP, STEP + CLIP)),
        "double-step": by(indent, (STEP, STEP + STEP)),
        "loss-graph-accumulated": by(indent, (SUM, SUM.replace(".item()", ""))),
    }


BREAK = by("            ", (SUM, SUM + "            break\n"))
MOVED = ("            inputs = inputs.to(device)\n", "            inputs.to(device)\n")
DETACHED = by("            ", (BACK, "            loss = torch.tensor(loss, requires_grad=True)\n" + BACK))
SWAPPED = swap(("criterion(model(inputs), labels)", "criterion(labels, model(inputs))"))
MEAN = swap(("total / len(loader)", "total / len(loader.dataset)"))
SEEDED = """\
def seeded(worker):
    data = torch.utils.data.get_worker_info().dataset
    data.dice = np.random.default_rng(torch.initial_seed() % 2**32)


"""

PLANTS: dict[str, dict[str, Plant]] = {
    "classes": {
        **update("            "),
        "return-inside-batch-loop": BREAK,
        "detached-loss": DETACHED,
        "discarded-tensor-op": swap(MOVED),
        "redundant-softmax": swap(
            ("return self.out(self.drop(x))", "return torch.softmax(self.out(self.drop(x)), dim=1)")
        ),
        "softmax-wrong-dim": swap(("torch.softmax(self.scores(x), dim=-1)", "torch.softmax(self.scores(x), dim=0)")),
        "functional-dropout-always-on": swap(
            ("x = F.dropout(x, 0.2, training=self.training)", "x = F.dropout(x, 0.2)")
        ),
        "module-built-in-forward": swap(("x = F.dropout(x, 0.3, training=self.training)", "x = nn.Dropout(0.3)(x)")),
        "modules-in-plain-list": swap(
            ("nn.ModuleList([nn.Linear(6, 6) for _ in range(2)])", "[nn.Linear(6, 6) for _ in range(2)]")
        ),
        "module-requires-grad-attribute": swap(
            ("model.stem.requires_grad_(False)", "model.stem.requires_grad = False")
        ),
        "train-loader-not-shuffled": swap((", shuffle=True", "")),
        "scheduler-before-optimizer": swap(
            ("\n" + MOVE, "\n"), ("        total = 0.0\n", MOVE + "        total = 0.0\n")
        ),
        "epoch-scheduler-per-batch": swap(
            ("\n" + MOVE, "\n"), ("            total", "            scheduler.step()\n            total")
        ),
        "uncalled-method": swap(("        model.train()\n", "        model.train\n")),
        "missing-eval-mode": swap(("        model.eval()\n", "")),
        "model-left-in-eval": swap(("        model.train()\n", "")),
        "loss-average-wrong-denominator": MEAN,
        "eval-without-no-grad": swap(
            (
                "        with torch.no_grad():\n            for inputs, targets in held_out:\n                right",
                "        for inputs, targets in held_out:\n            right",
            )
        ),
        "best-state-by-reference": swap(("deepcopy(model.state_dict())", "model.state_dict()")),
        "swapped-loss-arguments": swap(("criterion(outputs, targets)", "criterion(targets, outputs)")),
        "step-outside-batch-loop": outside,
    },
    "parts": {
        "missing-zero-grad": swap(("                optimizer.zero_grad()\n", "")),
        "zero-grad-before-step": swap(
            ("                optimizer.zero_grad()\n", ""),
            ("    " + CLIP, "                optimizer.zero_grad(set_to_none=False)\n" + "    " + CLIP),
        ),
        "unscaled-accumulation": swap(("loss / accumulate", "loss")),
        "dropped-accumulation-tail": swap((" or i + 1 == len(loader)", "")),
        "clip-without-unscale": swap(("                scaler.unscale_(optimizer)\n", "")),
        "amp-raw-step": swap(
            ("                scaler.unscale_(optimizer)\n", ""),
            ("                scaler.step(optimizer)\n                scaler.update()\n", "    " + STEP),
        ),
        "redundant-softmax": swap(("return self.layers(x)", "return torch.softmax(self.layers(x), dim=-1)")),
        "scheduler-before-optimizer": swap(
            ("\n" + MOVE, "\n"), ("        total = 0.0\n", MOVE + "        total = 0.0\n")
        ),
        "epoch-scheduler-per-batch": swap(
            ("\n" + MOVE, "\n"),
            ("                optimizer.zero_grad()\n", "                optimizer.zero_grad()\n        " + MOVE),
        ),
        "loss-graph-accumulated": swap((SUM, SUM.replace(".item()", ""))),
        "discarded-tensor-op": swap(("labels = labels.to(device)", "labels.to(device)")),
        "swapped-loss-arguments": SWAPPED,
    },
    "prices": {
        **update("            "),
        "loss-graph-accumulated": swap(("curve.append(loss.item())", "curve.append(loss)")),
        "batch-range-skips-data": swap(("range(0, len(x), size)", "range(0, len(x) // size, size)")),
        "regression-broadcast": swap((".unsqueeze(1)", "")),
        "optimizer-in-loop": inside(
            "    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)\n", "    for epoch in range(EPOCHS):\n"
        ),
        "detached-loss": DETACHED,
    },
    "answers": {
        **update("        "),
        "next-iter-each-step": swap(
            ("    batches = iter(loader)\n    for", "    for"),
            (
                "        batch = next(batches, None)\n        if batch is None:\n            batches = iter(loader)\n"
                "            batch = next(batches)\n        inputs, labels = batch\n",
                "        inputs, labels = next(iter(loader))\n",
            ),
        ),
        "redundant-sigmoid": swap(
            (
                "return self.out(torch.relu(self.hidden(x)))",
                "return torch.sigmoid(self.out(torch.relu(self.hidden(x))))",
            )
        ),
        "optimizer-in-loop": inside(
            "    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)\n", "    for step in range(12):\n"
        ),
        "swapped-loss-arguments": swap(("criterion(outputs, labels)", "criterion(labels, outputs)")),
        "detached-loss": by("        ", (BACK, "            loss = torch.tensor(loss, requires_grad=True)\n" + BACK)),
    },
    "noise": {
        **update("            "),
        "return-inside-batch-loop": BREAK,
        "detached-loss": DETACHED,
        "swapped-loss-arguments": SWAPPED,
        "step-outside-batch-loop": outside,
        "softmax-with-nll-loss": swap(("torch.log_softmax(", "torch.softmax(")),
        "numpy-rng-in-workers": swap((", worker_init_fn=seeded", ""), (SEEDED, "")),
        "optimizer-in-loop": inside(
            "    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)\n", "        for inputs, labels in loader:\n"
        ),
    },
    "shards": {
        **update("            "),
        "return-inside-batch-loop": BREAK,
        "detached-loss": DETACHED,
        "discarded-tensor-op": swap(MOVED),
        "swapped-loss-arguments": SWAPPED,
        "step-outside-batch-loop": outside,
        "missing-set-epoch": swap(("        sampler.set_epoch(epoch)\n", "")),
        "optimizer-in-loop": inside(
            "    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)\n", "    for epoch in range(EPOCHS):\n"
        ),
        "uncalled-method": swap((ZERO, "            optimizer.zero_grad\n")),
    },
    "states": {
        **update("            "),
        "hidden-state-not-detached": swap(("            state = state.detach()\n", "")),
        "optimizer-in-loop": inside(
            "    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)\n", "    for epoch in range(EPOCHS):\n"
        ),
    },
    "prepared": {
        "missing-zero-grad": swap((ZERO, "")),
        "accelerate-raw-backward": swap(("            accelerator.backward(loss)\n", BACK)),
        "double-step": swap((STEP, STEP + STEP)),
        "loss-graph-accumulated": swap((SUM, SUM.replace(".item()", ""))),
        "return-inside-batch-loop": BREAK,
        "swapped-loss-arguments": SWAPPED,
    },
}
PLANTS["classes_again"] = {rule: PLANTS["classes"][rule] for rule in ("missing-eval-mode", "model-left-in-eval")}
PLANTS["parts_again"] = {rule: PLANTS["parts"][rule] for rule in ("amp-raw-step", "clip-without-unscale")}

LATE = ("loss-graph-accumulated", "step-outside-batch-loop")
"""Rules whose places are changed by the other plants of a loop: they are planted last, in this order."""

SAME_PLACE = "both are the absence or the place of the same line"
EXCLUSIVE: dict[frozenset[str], str] = {
    frozenset({"missing-zero-grad", "zero-grad-before-step"}): SAME_PLACE,
    frozenset({"missing-zero-grad", "uncalled-method"}): SAME_PLACE,
    frozenset({"uncalled-method", "zero-grad-before-step"}): SAME_PLACE,
    frozenset({"scheduler-before-optimizer", "epoch-scheduler-per-batch"}): SAME_PLACE,
    frozenset({"amp-raw-step", "clip-without-unscale"}): SAME_PLACE,
    frozenset({"model-left-in-eval", "uncalled-method"}): SAME_PLACE,
    frozenset({"missing-eval-mode", "model-left-in-eval"}): "what is never in eval mode cannot be left in it",
    frozenset({"return-inside-batch-loop", "step-outside-batch-loop"}): (
        "a loop that ends with its first batch in front of the update is how one batch is taken"
    ),
}
"""Rules whose bugs cannot stand in one loop, and why; they are planted into two loops of one file."""
TAKEN_OVER = "in a file that uses Accelerate the library may take the loaders over: they are not judged"
APART = {
    frozenset({"missing-set-epoch", "train-loader-not-shuffled"}): (
        "a file that speaks of samplers may order its data on purpose: whether it shuffles is not asked"
    ),
    frozenset({"accelerate-raw-backward", "missing-set-epoch"}): TAKEN_OVER,
    frozenset({"accelerate-raw-backward", "train-loader-not-shuffled"}): TAKEN_OVER,
}
"""Rules whose bugs cannot stand in one file, and why."""
BROUGHT = {"amp-raw-step": {"clip-without-unscale"}}
"""What a bug brings along: gradients that a scaler does not step are not unscaled for the clipping either."""


def planted(base: str, bugs: Iterable[str]) -> str:
    """The loop with its bugs."""
    text = LOOPS[base]
    for bug in sorted(bugs, key=lambda bug: (LATE.index(bug) if bug in LATE else -1, bug)):
        text = PLANTS[base][bug](text)
    return text
