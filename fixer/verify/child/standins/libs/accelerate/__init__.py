"""Hugging Face Accelerate on one process: everything stays what it is, and losses are divided as there."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import torch

importlib.import_module("_fixer_child.standins.note").say(
    "accelerate is not installed: a stand-in for one process was used"
)

__version__ = "0.0"
DistributedType = SimpleNamespace(
    NO="NO", MULTI_GPU="MULTI_GPU", FSDP="FSDP", DEEPSPEED="DEEPSPEED", XLA="XLA", TPU="TPU"
)


class Accelerator:
    """One process on the CPU."""

    def __init__(self, gradient_accumulation_steps: int = 1, mixed_precision: Any = None, **_more: Any) -> None:
        self.gradient_accumulation_steps, self.mixed_precision = gradient_accumulation_steps, mixed_precision or "no"
        self.device = torch.device("cpu")
        self.num_processes, self.process_index, self.local_process_index = 1, 0, 0
        self.is_main_process = self.is_local_main_process = self.sync_gradients = True
        self.is_last_process = True
        self.distributed_type, self.use_distributed = "NO", False
        self.state = SimpleNamespace(num_processes=1, deepspeed_plugin=None, device=self.device)
        self.trackers: list[Any] = []
        self.optimizer_step_was_skipped = False
        self._micro = 0

    def prepare(self, *things: Any, **_more: Any) -> Any:
        kinds = ((torch.optim.Optimizer, _Stepper), (torch.optim.lr_scheduler.LRScheduler, _Mover))
        made = tuple(next((around(t, self) for kind, around in kinds if isinstance(t, kind)), t) for t in things)
        return made[0] if len(made) == 1 else made

    prepare_model = prepare_data_loader = prepare_optimizer = prepare_scheduler = prepare

    def backward(self, loss: Any, **kwargs: Any) -> None:
        (loss / self.gradient_accumulation_steps if self.gradient_accumulation_steps > 1 else loss).backward(**kwargs)

    @contextlib.contextmanager
    def accumulate(self, *_models: Any) -> Iterator[None]:
        self._micro += 1
        self.sync_gradients = self._micro % self.gradient_accumulation_steps == 0
        yield

    @contextlib.contextmanager
    def autocast(self, *_args: Any, **_more: Any) -> Iterator[None]:
        yield

    no_sync = main_process_first = local_main_process_first = join_uneven_inputs = profile = autocast

    def clip_grad_norm_(self, parameters: Any, max_norm: float, norm_type: float = 2) -> Any:
        if self.sync_gradients:
            return torch.nn.utils.clip_grad_norm_(parameters, max_norm, norm_type)
        return None

    def clip_grad_value_(self, parameters: Any, value: float) -> None:
        if self.sync_gradients:
            torch.nn.utils.clip_grad_value_(parameters, value)

    def _same(self, tensor: Any, *_args: Any, **_more: Any) -> Any:
        return tensor

    gather = gather_for_metrics = reduce = pad_across_processes = unwrap_model = _same

    def print(self, *args: Any, **kwargs: Any) -> None:
        print(*args, **kwargs)

    def save(self, obj: Any, f: Any, **_more: Any) -> None:
        torch.save(obj, f)

    def get_state_dict(self, model: Any, **_more: Any) -> Any:
        return model.state_dict()

    def on_main_process(self, function: Any) -> Any:
        return function

    on_local_main_process = on_last_process = on_main_process

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return lambda *_args, **_more: None


class _Stepper:
    """An optimizer that waits for whole windows of accumulation."""

    def __init__(self, optimizer: Any, accelerator: Accelerator) -> None:
        self.optimizer, self.accelerator = optimizer, accelerator

    def step(self, closure: Any = None) -> None:
        if self.accelerator.sync_gradients:
            self.optimizer.step() if closure is None else self.optimizer.step(closure)

    def zero_grad(self, *args: Any, **kwargs: Any) -> None:
        if self.accelerator.sync_gradients:
            self.optimizer.zero_grad(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.optimizer, name)


class _Mover:
    """A schedule that moves on only where its optimizer steps."""

    def __init__(self, schedule: Any, accelerator: Accelerator) -> None:
        self.schedule, self.accelerator = schedule, accelerator

    def step(self, *args: Any, **kwargs: Any) -> None:
        if self.accelerator.sync_gradients:
            self.schedule.step(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.schedule, name)


class PartialState:
    """One process."""

    num_processes, process_index, is_main_process = 1, 0, True
    device = torch.device("cpu")


class DataLoaderConfiguration(SimpleNamespace):
    """Settings."""


ProjectConfiguration = DistributedDataParallelKwargs = InitProcessGroupKwargs = DataLoaderConfiguration
GradScalerKwargs = DeepSpeedPlugin = FullyShardedDataParallelPlugin = GradientAccumulationPlugin = (
    DataLoaderConfiguration
)
