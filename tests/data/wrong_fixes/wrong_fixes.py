"""Wrong repairs of golden cases: what the verifier must never confirm.

Each is made from ``before.py`` or ``after.py`` of a golden case by replacing pieces of text, each of which occurs there
exactly once: (case, what is wrong with it, text it is made from, replacements).
"""

# ruff: noqa: E501
from __future__ import annotations

OPT = "optimizer-in-loop/adam_per_batch_flat"
OPT_EPOCH = "optimizer-in-loop/momentum_per_epoch_main"
ZERO = "missing-zero-grad/flat_enumerate"
STEP = "step-outside-batch-loop/three_lines_after_loop"
STEP_ONLY = "step-outside-batch-loop/only_step_after_loop"
SOFT = "redundant-softmax/forward_functional"
ACCUM = "unscaled-accumulation/literal_four"

_MOVED = "        optimizer.zero_grad()\n        loss.backward()\n        optimizer.step()\n"

WRONG: list[tuple[str, str, str, list[tuple[str, str]]]] = [
    (OPT, "hoisted into the epoch loop only", "after",
     [("# Adam works well here\noptimizer = optim.Adam(model.parameters(), lr=3e-2)\n", ""),
      ("    total = 0.0\n", "    total = 0.0\n    optimizer = optim.Adam(model.parameters(), lr=3e-2)\n")]),
    (OPT, "another learning rate", "after", [("lr=3e-2", "lr=3e-3")]),
    (OPT, "another optimizer class", "after", [("optim.Adam(", "optim.AdamW(")]),
    (OPT, "zero_grad lost on the way", "after", [("        optimizer.zero_grad()\n", "")]),
    (OPT, "only a part of the model is trained", "after", [("optim.Adam(model.parameters()", "optim.Adam(model[2].parameters()")]),
    (OPT, "state emptied by hand instead", "after", [("        optimizer.step()\n", "        optimizer.step()\n        optimizer = optim.Adam(model.parameters(), lr=3e-2)\n")]),
    (OPT_EPOCH, "still built in every epoch, by a helper", "before",
     [("        optimizer = optim.SGD(model.parameters(), lr=args.lr, momentum=args.momentum)\n",
       "        optimizer = (lambda: optim.SGD(model.parameters(), lr=args.lr, momentum=args.momentum))()\n")]),
    (OPT_EPOCH, "momentum forgotten", "after", [(", momentum=args.momentum)", ")")]),
    (ZERO, "zero_grad between backward and step", "before",
     [("        optimizer.step()\n", "        optimizer.zero_grad()\n        optimizer.step()\n")]),
    (ZERO, "zero_grad once per epoch", "before", [("    running_loss = 0.0\n", "    running_loss = 0.0\n    optimizer.zero_grad()\n")]),
    (ZERO, "zero_grad of the first layer only", "before",
     [("        # forward pass\n", "        net[0].zero_grad()\n")]),
    (ZERO, "gradients halved instead of emptied", "before",
     [("        # forward pass\n", "        for p in net.parameters():\n            if p.grad is not None:\n                p.grad /= 2\n")]),
    (ZERO, "zero_grad under a test that is rarely true", "before",
     [("        # forward pass\n", "        if i % 5 == 0:\n            optimizer.zero_grad()\n")]),
    (ZERO, "zero_grad and an accumulation window", "before",
     [("        optimizer.step()\n", "        if i % 2 == 1:\n            optimizer.step()\n            optimizer.zero_grad()\n")]),
    (ZERO, "step lost on the way", "after", [("        optimizer.step()\n", "")]),
    (STEP, "only the step moved in, zero_grad before the backward of the epoch", "before",
     [("    optimizer.zero_grad()\n    loss.backward()\n    optimizer.step()\n",
       "        optimizer.step()\n    optimizer.zero_grad()\n    loss.backward()\n")]),
    (STEP, "zero_grad left outside", "before",
     [("    optimizer.zero_grad()\n    loss.backward()\n    optimizer.step()\n",
       "        loss.backward()\n        optimizer.step()\n    optimizer.zero_grad()\n")]),
    (STEP, "backward and zero_grad moved, step left outside", "before",
     [("    optimizer.zero_grad()\n    loss.backward()\n", "        optimizer.zero_grad()\n        loss.backward()\n")]),
    (STEP, "another learning rate", "after", [("lr=0.05", "lr=0.005")]),
    (STEP, "zero_grad after backward", "after",
     [(_MOVED, "        loss.backward()\n        optimizer.zero_grad()\n        optimizer.step()\n")]),
    (STEP, "a scheduler in the batch loop", "after",
     [("loss_fn = nn.MSELoss()\n", "loss_fn = nn.MSELoss()\nsched = torch.optim.lr_scheduler.StepLR(optimizer, 1)\n"),
      ("        optimizer.step()\n", "        optimizer.step()\n        sched.step()\n")]),
    (STEP, "the loop stops after the first batch", "after", [(_MOVED, _MOVED + "        break\n")]),
    (SOFT, "softmax over the batch instead of none", "before", [("F.softmax(x, dim=1)", "F.softmax(x, dim=0) * 0 + F.softmax(x, dim=1)")]),
    (SOFT, "probabilities scaled", "before", [("F.softmax(x, dim=1)", "F.softmax(x, dim=1) * 10")]),
    (SOFT, "softmax moved to the caller", "after", [("loss = criterion(preds, labels)", "loss = criterion(preds.softmax(1), labels)")]),
    (SOFT, "negative log-likelihood of probabilities", "before", [("nn.CrossEntropyLoss()", "nn.NLLLoss()")]),
    (SOFT, "the last layer lost with the softmax", "after", [("        x = self.out(x)\n", "")]),
    (SOFT, "the loss became a squared error", "after",
     [("criterion = nn.CrossEntropyLoss()", "criterion = nn.MSELoss()"), ("criterion(preds, labels)", "criterion(preds, F.one_hot(labels, 10).float())")]),
    (SOFT, "training in evaluation mode", "after", [("    total_loss = 0\n", "    total_loss = 0\n    network.eval()\n")]),
    (ACCUM, "divided by the running counter", "after", [("loss / 4", "loss / (i % 4 + 1)")]),
    (ACCUM, "divided by another number", "after", [("loss / 4", "loss / 8")]),
    (ACCUM, "divided twice", "after", [("(loss / 4)", "(loss / 4 / 4)")]),
    (ACCUM, "only the logged value divided", "before", [("loss.item()", "(loss / 4).item()")]),
    (ACCUM, "window of one batch", "before", [("% 4 == 0", "% 1 == 0")]),
    (ACCUM, "shorter window", "after", [("% 4 == 0", "% 2 == 0")]),
    (ACCUM, "learning rate divided as well", "after", [("lr=0.02", "lr=0.005")]),
    (ACCUM, "every gradient but the last thrown away", "after",
     [("        loss = criterion", "        optimizer.zero_grad()\n        loss = criterion")]),
    (ACCUM, "divided in the first epoch only", "after", [("(loss / 4)", "(loss / (4 if epoch == 0 else 1))")]),
]  # fmt: skip


def text_of(before: str, after: str, made_from: str, replacements: list[tuple[str, str]]) -> str:
    """The wrong repair's text. Raises ValueError if a piece does not occur exactly once."""
    text = {"before": before, "after": after}[made_from]
    for old, new in replacements:
        if text.count(old) != 1:
            raise ValueError(f"{old!r} occurs {text.count(old)} times")
        text = text.replace(old, new)
    return text
