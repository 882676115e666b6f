"""Hugging Face Transformers: tiny random models with the usual outputs, and a tokenizer that hashes words."""

from __future__ import annotations

import importlib
import re
import zlib
from types import SimpleNamespace
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

_note = importlib.import_module("_fixer_child.standins.note")
_note.say("the models of Hugging Face's transformers are tiny and random", model=True)

__version__ = "4.0.0"
AdamW = torch.optim.AdamW
WORDS, WIDTH = 500, 16


class Output(dict[str, Any]):
    """Results by name, attribute or position."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name not in self:
            raise AttributeError(name)
        return self[name]

    def __getitem__(self, key: Any) -> Any:
        return super().__getitem__(key) if isinstance(key, str) else tuple(self.values())[key]

    def to(self, *_args: Any, **_more: Any) -> Output:
        return self

    def to_tuple(self) -> tuple[Any, ...]:
        return tuple(self.values())


class Config(SimpleNamespace):
    """Settings: what is given, and a few that are asked for."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**{"vocab_size": WORDS, "hidden_size": WIDTH, "num_labels": 2, "pad_token_id": 0, **given})
        self.n_embd = self.d_model = self.dim = self.hidden_size
        self.use_cache, self.max_position_embeddings, self.model_type = False, 512, "stand-in"

    @classmethod
    def from_pretrained(cls, *_args: Any, **given: Any) -> Config:
        return cls(**given)


class Tokenizer:
    """Words as numbers below ``WORDS``."""

    vocab_size, model_max_length, padding_side = WORDS, 512, "right"
    pad_token, eos_token, bos_token, unk_token = "[PAD]", "[EOS]", "[BOS]", "[UNK]"
    cls_token, sep_token, mask_token = "[CLS]", "[SEP]", "[MASK]"
    pad_token_id, eos_token_id, bos_token_id, unk_token_id = 0, 1, 2, 3
    cls_token_id, sep_token_id, mask_token_id = 4, 5, 6

    @classmethod
    def from_pretrained(cls, *_args: Any, **_more: Any) -> Tokenizer:
        return cls()

    def __len__(self) -> int:
        return WORDS

    def get_vocab(self) -> dict[str, int]:
        return {f"word{n}": n for n in range(WORDS)}

    def tokenize(self, text: str, **_more: Any) -> list[str]:
        return re.findall(r"\w+|[^\w\s]", text)

    def convert_tokens_to_ids(self, tokens: Any) -> Any:
        one = isinstance(tokens, str)
        numbers = [10 + zlib.crc32(t.encode()) % (WORDS - 10) for t in ([tokens] if one else tokens)]
        return numbers[0] if one else numbers

    def encode(self, text: Any, **options: Any) -> Any:
        return self(text, **options)["input_ids"]

    def decode(self, numbers: Any, **_more: Any) -> str:
        return " ".join(f"word{int(n)}" for n in numbers)

    def batch_decode(self, rows: Any, **_more: Any) -> list[str]:
        return [self.decode(row) for row in rows]

    def add_special_tokens(self, *_args: Any) -> int:
        return 0

    add_tokens = add_special_tokens

    def save_pretrained(self, *_args: Any, **_more: Any) -> None:
        """Save nothing."""

    def __call__(
        self, text: Any, pair: Any = None, *, padding: Any = False, truncation: Any = False, max_length: Any = None,
        return_tensors: Any = None, **_more: Any,
    ) -> Output:  # fmt: skip
        many = isinstance(text, (list, tuple))
        rows = []
        for n, one in enumerate(text if many else [text]):
            other = (pair[n] if many else pair) if pair is not None else None
            words = self.convert_tokens_to_ids(self.tokenize(str(one)))
            words = [4, *words, 5, *(self.convert_tokens_to_ids(self.tokenize(str(other))) + [5] if other else [])]
            rows.append(words[: max_length or 64] if truncation or max_length else words)
        masks = [[1] * len(row) for row in rows]
        if padding:
            size = max_length if padding == "max_length" and max_length else max(len(row) for row in rows)
            rows, masks = ([row + [0] * (size - len(row)) for row in table] for table in (rows, masks))
        found: dict[str, Any] = {
            "input_ids": rows,
            "attention_mask": masks,
            "token_type_ids": [[0] * len(r) for r in rows],
        }
        if not many and return_tensors is None:
            found = {k: v[0] for k, v in found.items()}
        return Output({k: torch.tensor(v) for k, v in found.items()} if return_tensors else found)

    encode_plus = batch_encode_plus = __call__

    def pad(self, rows: Any, return_tensors: Any = None, **_more: Any) -> Output:
        table = {k: [r[k] for r in rows] for k in rows[0]} if isinstance(rows, (list, tuple)) else dict(rows)
        table = {k: [r.tolist() if isinstance(r, torch.Tensor) else r for r in v] for k, v in table.items()}
        size = max(len(row) for row in table["input_ids"])
        made = {k: [list(r) + [0] * (size - len(r)) if isinstance(r, (list, tuple)) else r for r in v]
                for k, v in table.items()}  # fmt: skip
        return Output({k: torch.tensor(v) for k, v in made.items()} if return_tensors else made)


class Model(nn.Module):
    """An embedding, a mixing layer and a head."""

    head_of = "none"

    def __init__(self, config: Any = None, **_more: Any) -> None:
        super().__init__()
        self.config = config or Config()
        width, words = self.config.hidden_size, self.config.vocab_size
        self.embeddings, self.mixing = nn.Embedding(words, width), nn.Linear(width, width)
        self.dropout = nn.Dropout(0.1)
        size = {"none": width, "words": words}.get(self.head_of, self.config.num_labels)
        self.classifier = nn.Linear(width, size)

    @classmethod
    def from_pretrained(cls, *_args: Any, config: Any = None, num_labels: Any = None, **_more: Any) -> Model:
        return cls(config or Config(**({"num_labels": num_labels} if num_labels else {})))

    from_config = from_pretrained

    def resize_token_embeddings(self, *_args: Any) -> Any:
        return self.embeddings

    def get_input_embeddings(self) -> Any:
        return self.embeddings

    def gradient_checkpointing_enable(self, *_args: Any, **_more: Any) -> None:
        """Keep everything."""

    def save_pretrained(self, *_args: Any, **_more: Any) -> None:
        """Save nothing."""

    @property
    def device(self) -> Any:
        return self.classifier.weight.device

    def forward(
        self, input_ids: Any = None, attention_mask: Any = None, token_type_ids: Any = None, labels: Any = None,
        inputs_embeds: Any = None, **_more: Any,
    ) -> Output:  # fmt: skip
        seen = self.embeddings(input_ids % self.config.vocab_size) if inputs_embeds is None else inputs_embeds
        hidden = torch.tanh(self.mixing(self.dropout(seen)))
        pooled = hidden.mean(1)
        if self.head_of == "none":
            return Output(last_hidden_state=hidden, pooler_output=torch.tanh(self.classifier(pooled)))
        logits = self.classifier(pooled if self.head_of == "text" else hidden)
        found = {"logits": logits}
        if labels is not None:
            found = {"loss": self._loss(logits, labels), "logits": logits}
        return Output(found)

    def _loss(self, logits: Any, labels: Any) -> Any:
        if self.head_of == "words" and self.causal and logits.shape[:2] == labels.shape:
            logits, labels = logits[:, :-1], labels[:, 1:]
        if logits.shape[-1] == 1:
            return F.mse_loss(logits.reshape(-1), labels.float().reshape(-1))
        return F.cross_entropy(logits.reshape(-1, logits.shape[-1]), labels.reshape(-1))

    causal = True


class TextModel(Model):
    """One answer for each text."""

    head_of = "text"


class TokenModel(Model):
    """One answer for each word."""

    head_of = "tokens"


class LanguageModel(Model):
    """The next word."""

    head_of = "words"


class MaskedModel(LanguageModel):
    """The hidden words."""

    causal = False


def _schedule(factor: Any) -> Any:
    def make(optimizer: Any, num_warmup_steps: int = 0, num_training_steps: int = 1000, **_more: Any) -> Any:
        def rate(step: int) -> float:
            if step < num_warmup_steps:
                return step / max(1, num_warmup_steps)
            return float(factor((step - num_warmup_steps) / max(1, num_training_steps - num_warmup_steps)))

        return torch.optim.lr_scheduler.LambdaLR(optimizer, rate)

    return make


get_linear_schedule_with_warmup = _schedule(lambda share: max(0.0, 1 - share))
get_cosine_schedule_with_warmup = _schedule(
    lambda share: max(0.0, 0.5 + 0.5 * float(torch.cos(torch.tensor(3.14159 * share))))
)
get_constant_schedule_with_warmup = _schedule(lambda _share: 1.0)
get_constant_schedule = get_constant_schedule_with_warmup


def get_scheduler(
    name: Any, optimizer: Any, num_warmup_steps: Any = 0, num_training_steps: Any = 1000, **_m: Any
) -> Any:
    """A schedule by its name."""
    kinds = {"cosine": get_cosine_schedule_with_warmup, "constant": get_constant_schedule}
    return kinds.get(str(name), get_linear_schedule_with_warmup)(
        optimizer, num_warmup_steps=num_warmup_steps or 0, num_training_steps=num_training_steps or 1000
    )


def set_seed(seed: int) -> None:
    """Seed everything."""
    torch.manual_seed(seed)


class DataCollatorWithPadding:
    """Samples of different lengths as one batch."""

    def __init__(self, tokenizer: Any, *_args: Any, **_more: Any) -> None:
        self.tokenizer = tokenizer

    def __call__(self, rows: Any) -> Any:
        batch = self.tokenizer.pad(rows, return_tensors="pt")
        if "label" in batch:
            batch["labels"] = batch.pop("label")
        return batch


class DataCollatorForLanguageModeling(DataCollatorWithPadding):
    """The same, with the words as labels."""

    def __call__(self, rows: Any) -> Any:
        batch = super().__call__(rows)
        batch["labels"] = batch["input_ids"].clone()
        return batch


class logging:  # a module there
    """What it says, unsaid."""

    set_verbosity_error = set_verbosity_info = set_verbosity_warning = staticmethod(lambda: None)


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    for ending, found in (
        ("Tokenizer", Tokenizer), ("TokenizerFast", Tokenizer), ("Config", Config),
        ("ForSequenceClassification", TextModel), ("ForTokenClassification", TokenModel), ("ForMaskedLM", MaskedModel),
        ("ForCausalLM", LanguageModel), ("LMHeadModel", LanguageModel), ("ForPreTraining", MaskedModel),
        ("Model", Model),
    ):  # fmt: skip
        if name.endswith(ending):
            return found
    raise AttributeError(f"the stand-in for transformers has no {name}; name an environment that has it with --python")
