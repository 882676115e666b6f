"""What in a file's bytes makes it worth reading: the first, cheap question about every file of a folder.

Reading a file costs some hundred times this search. A file that is named on the command line is read whatever it
holds; in a folder, only those that show a lead of some rule are. A lead is a sign without which a file has hardly ever
a finding of its own (and often none with it); what it shows beside other files is found by reading those. Plain ``in``
gates every pattern, and patterns begin with fixed text: both are many times faster than a search that begins with a
choice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum

_BEFORE = 100
"""Bytes in front of a place in which the name that it belongs to is looked for."""

# A backward that is called; not the definition of one (autograd functions), which trains nothing.
_BACKWARD = re.compile(rb"backward\b")
_CALLED = re.compile(rb"backward\s*\(")
# A step counts if something says that an optimizer or a scaler takes it: pipelines and environments step, too.
_STEP = re.compile(rb"\.step\s*\(")
_STEPPED = re.compile(rb"(?:opt\w*|scaler|sgd|adam\w*|engine)(?:\[[^\]\n]*\])?$", re.I)
_OPTIMIZERS = re.compile(rb"(?<!class )\b(?:SGD|Adam\w*|RMSprop|Adagrad|Adadelta|LBFGS|Rprop|NAdam|RAdam|ASGD)\(")
# Methods that a library calls with each batch (Lightning, Transformers, Catalyst): their loss is trained on.
_TRAINS = re.compile(rb"def (?:training_step|train_step|handle_batch|compute_loss\(\s*self,\s*model)\b")
_OVER_DATA = re.compile(rb"\bfor [^\n]* in [^\n]*(?:loader|batch|data|test)")
_OF_SCORES = (b"cross_entropy", b"CrossEntropyLoss", b"nll_loss", b"NLLLoss")
_OF_LOGITS = (b"BCEWithLogitsLoss", b"binary_cross_entropy_with_logits")


class Lead(Enum):
    """What a file may be about."""

    NONE = "nothing of ours"
    MODULES = "how modules are made"
    TRAINING = "training or evaluation, and how modules are made"


def lead(raw: bytes) -> Lead:
    """What a Python file (or notebook) with these bytes may hold a finding about."""
    if b"fixer:" in raw:  # a silencing comment, which may be an unused one
        return Lead.TRAINING
    if b"backward" in raw and _goes_backward(raw) or b".step" in raw and _steps(raw):
        return Lead.TRAINING
    if b"epoch" in raw and (b"optim" in raw and _OPTIMIZERS.search(raw) is not None or b"DistributedSampler(" in raw):
        return Lead.TRAINING  # its epochs may be trained by other files
    scores = any(word in raw for word in _OF_SCORES)
    if (scores or any(word in raw for word in _OF_LOGITS)) and (b"def " in raw and _TRAINS.search(raw) is not None):
        return Lead.TRAINING
    if scores and b"oftmax" in raw and _squashes(raw, _SOFTMAX):
        return Lead.TRAINING
    if b"igmoid" in raw and any(word in raw for word in _OF_LOGITS) and _squashes(raw, _SIGMOID):
        return Lead.TRAINING
    if b".eval()" in raw and _evaluates(raw):
        return Lead.TRAINING
    return Lead.MODULES if b"Module" in raw and _builds(raw) else Lead.NONE


def _evaluates(raw: bytes) -> bool:
    """Whether a script evaluates a model that it has loaded, and keeps the graph."""
    if b"no_grad" in raw or b"inference_mode" in raw or b"set_grad_enabled" in raw:
        return False
    loaded = b"load_state_dict(" in raw or b"DataLoader(" in raw or b"torch.load(" in raw
    return loaded and _OVER_DATA.search(raw) is not None


def _goes_backward(raw: bytes) -> bool:
    for found in _BACKWARD.finditer(raw):
        before = raw[max(0, found.start() - 5) : found.start()]
        if _line(raw, found.start()).lstrip().startswith((b">>>", b"...", b"#")):
            continue  # an example of a docstring, a comment
        if before.endswith(b"."):
            return True
        if not before.endswith(b"def ") and not before[-1:].isalnum() and before[-1:] != b"_":
            if _CALLED.match(raw, found.start()) is not None:
                return True
    return False


def _steps(raw: bytes) -> bool:
    """Whether an optimizer may be stepped."""
    calls = [_before(raw, call.start()) for call in _STEP.finditer(raw)]
    return any(_STEPPED.search(owner) is not None for owner in calls) or (
        bool(calls) and _OPTIMIZERS.search(raw) is not None
    )


def _before(raw: bytes, place: int) -> bytes:
    return raw[max(0, place - _BEFORE) : place]


def _line(raw: bytes, place: int) -> bytes:
    """The line of a place, up to it."""
    return raw[raw.rfind(b"\n", 0, place) + 1 : place]


# Squashed scores (softmax, sigmoid) on their way to a loss

_SOFTMAX = re.compile(rb"oftmax\s*\(")
_SIGMOID = re.compile(rb"igmoid\s*\(")

_LOSS_CALL = rb"(?:cross_entropy\w*|nll_loss|[cC]riterion\w*|\w*[lL]oss\w*(?:\(\))?)\s*\("
_INTO_A_LOSS = re.compile(_LOSS_CALL + rb"[^()\n]*(?:\n[^()\n]*)?$")
_RETURNED = re.compile(rb"\breturn\s*\(?\s*[\w.]*$")
_ASSIGNED = re.compile(rb"^[ \t]*(\w+)\s*(?::[^=\n]+)?=[^=]")
_KEPT_AS = re.compile(rb"\.(\w+)\s*=\s*(?:torch\.)?nn\.\w*$")
_MADE = re.compile(rb"S\w+\([^()]*\)(?!\s*\()")
_IN_A_LIST = re.compile(rb"(?:^[ \t]*|[,(\[{:][ \t]*)(?:torch\.)?nn\.\w*$")


def _squashes(raw: bytes, squash: re.Pattern[bytes]) -> bool:
    """Whether squashed scores may reach a loss or leave their function: not those of an attention, which are summed."""
    names: dict[tuple[int, int], set[bytes]] = {}
    for found in squash.finditer(raw):
        place = found.start() - 1
        line, before = _line(raw, place), _before(raw, place)
        if before.lower().endswith((b"log", b"log_")):
            continue  # which changes nothing before these losses
        kept = _KEPT_AS.search(line)
        if kept is not None:
            if not kept[1].lower().endswith((b"softmax", b"sigmoid")):
                return True
            continue
        if _INTO_A_LOSS.search(before) is not None:
            return True
        if _RETURNED.search(line) is not None and raw.startswith(b"forward", _function(raw, place)[0]):
            return True
        if _IN_A_LIST.search(line) is not None and _MADE.match(raw, place) is not None:
            return True
        name = _ASSIGNED.match(line)
        if name is not None:
            names.setdefault(_function(raw, place), set()).add(name[1])
    return any(_used(raw[start:end], b"|".join(sorted(found))) for (start, end), found in names.items())


def _function(raw: bytes, place: int) -> tuple[int, int]:
    """Where the function around a place begins (with its name) and ends: at definitions."""
    start, end = raw.rfind(b"def ", 0, place), raw.find(b"def ", place)
    return start + 4 if start >= 0 else 0, len(raw) if end < 0 else end


def _used(code: bytes, names: bytes) -> bool:
    """Whether a name is returned first, or given to a loss."""
    own, code = code[:7], code[code.find(b")") + 1 :]  # without the function's own name and parameters
    returned = rb"\breturn\s*\(?\s*(?:" + names + rb")\b(?!\s*@)"
    given = _LOSS_CALL + rb"\s*(?:\w+\s*=\s*)?(?:" + names + rb")\b"
    return own == b"forward" and re.search(returned, code) is not None or re.search(given, code) is not None


# How modules are made

_BUILT = re.compile(
    rb"nn\.(?:Linear|Bilinear|Conv\w+|BatchNorm\dd|LayerNorm|GroupNorm|Embedding\w*|LSTM\w*|GRU\w*|RNN\w*"
    rb"|MultiheadAttention|Transformer\w+Layer|PReLU|Dropout\w*)\("
)
_DROPOUT = re.compile(rb"\.dropout[123]?d?\s*\(((?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)")
_IMPORTED_DROPOUT = re.compile(rb"from torch\.nn\.functional import[^\n]*dropout")
_ATTENTION_DROPOUT = re.compile(rb"dropout_p\s*=\s*(?!0(?:\.0*)?\s*[,)\n])([^,\n]*)")
_FLAG = re.compile(rb"\.requires?_grads?\s*=(?!=)\s*(True)?")
_HOLDER = re.compile(rb"(\w+\.)?([\w\])]*)$")
_APPEND = re.compile(rb"\.append\(\s*(?:nn\.|[A-Z]\w*\()")
_OWNER = re.compile(rb"(?:\bself\.)?\w+$")
_LISTED = re.compile(
    rb"self\.\w+\s*(?::[^=\n]+)?=\s*[\[{]\s*(?:nn\.|[A-Z]\w*\(|[\"']\w*[\"']\s*:\s*(?:nn\.|[A-Z]\w*\())"
)


def _builds(raw: bytes) -> bool:
    """Whether a module may be made wrong: dropout that no mode switches off, flags that freeze nothing, layers in
    plain lists or built where they run."""
    if b"dropout" in raw and _drops(raw):
        return True
    if b"require" in raw and any(_is_no_parameter(raw, flag) for flag in _FLAG.finditer(raw)):
        return True
    if _LISTED.search(raw) is not None:
        return True
    lists = {owner[0] for found in _APPEND.finditer(raw) if (owner := _OWNER.search(_before(raw, found.start())))}
    return any(_is_kept(raw, name) for name in lists) or any(_BUILT.search(code) for code in _forwards(raw))


def _drops(raw: bytes) -> bool:
    if _IMPORTED_DROPOUT.search(raw) is not None:
        return True
    for call in _DROPOUT.finditer(raw):
        if b"training" not in call[1] and _before(raw, call.start()).endswith((b"F", b"functional")):
            return True
    given = _ATTENTION_DROPOUT.finditer(raw) if b"scaled_dot_product_attention" in raw else ()
    return any(b"training" not in value[1] for value in given)


def _is_no_parameter(raw: bytes, flag: re.Match[bytes]) -> bool:
    """Whether a flag is misspelt, or set on what the lines above do not take from ``parameters()``."""
    if not flag[0].startswith(b".requires_grad") or flag[0].startswith(b".requires_grads"):
        return True
    owner = _HOLDER.search(_before(raw, flag.start()))
    if owner is None or owner[2] in (b"weight", b"bias", b"data") or flag[1] and not owner[1]:
        return False  # a tensor by itself is mostly what is told to require a gradient
    above = raw[max(0, flag.start() - 4 * _BEFORE) : flag.start()]
    return re.search(rb"\b" + re.escape(owner[2]) + rb"\b[^\n]* in [^\n]*parameters", above) is None


def _is_kept(raw: bytes, name: bytes) -> bool:
    """Whether a plain list is an attribute, or becomes one as it is."""
    if name.startswith(b"self."):
        return re.search(re.escape(name) + rb"\s*(?::[^=\n]+)?=\s*(?:\[|list\(|dict\()", raw) is not None
    return re.search(rb"self\.\w+\s*(?::[^=\n]+)?=\s*" + re.escape(name) + rb"\s*(?:#.*)?$", raw, re.M) is not None


def _forwards(raw: bytes) -> Iterator[bytes]:
    """The functions named forward, each up to the next definition."""
    start = raw.find(b"def forward")
    while start >= 0:
        end = raw.find(b"def ", start + 4)
        yield raw[start : end if end >= 0 else len(raw)]
        start = raw.find(b"def forward", start + 4)
