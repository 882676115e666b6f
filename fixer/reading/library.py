"""What the reader knows about libraries: names, and what calling them means for the gradient protocol.

Sources: the documentation pages of torch.optim, torch.nn, torch.nn.functional, torch.utils.data and torch.amp;
of accelerate, lightning, deepspeed and apex for the objects that run parts of the protocol themselves.
"""

from __future__ import annotations

import re

OPTIMIZERS = frozenset(
    """SGD Adam AdamW Adamax NAdam RAdam Adagrad Adadelta RMSprop Rprop ASGD LBFGS SparseAdam Adafactor Muon""".split()
)
OPTIMIZER_PACKAGES = (
    "torch.optim",
    "torch_optimizer",
    "apex.optimizers",
    "bitsandbytes.optim",
    "timm.optim",
    "transformers.optimization",
    "lion_pytorch",
    "adabound",
    "prodigyopt",
    "dadaptation",
    "ranger",
    "schedulefree",
)
OTHER_OPTIMIZERS = frozenset({"transformers.AdamW", "transformers.Adafactor"})

LOSSES = {
    "CrossEntropyLoss": "cross_entropy",
    "NLLLoss": "nll_loss",
    "BCELoss": "binary_cross_entropy",
    "BCEWithLogitsLoss": "binary_cross_entropy_with_logits",
    "MSELoss": "mse_loss",
    "L1Loss": "l1_loss",
    "SmoothL1Loss": "smooth_l1_loss",
    "HuberLoss": "huber_loss",
    "KLDivLoss": "kl_div",
    "PoissonNLLLoss": "poisson_nll_loss",
    "GaussianNLLLoss": "gaussian_nll_loss",
    "HingeEmbeddingLoss": "hinge_embedding_loss",
    "MarginRankingLoss": "margin_ranking_loss",
    "CosineEmbeddingLoss": "cosine_embedding_loss",
    "TripletMarginLoss": "triplet_margin_loss",
    "MultiMarginLoss": "multi_margin_loss",
    "MultiLabelMarginLoss": "multilabel_margin_loss",
    "MultiLabelSoftMarginLoss": "multilabel_soft_margin_loss",
    "SoftMarginLoss": "soft_margin_loss",
    "CTCLoss": "ctc_loss",
}
LOSS_FUNCTIONS = frozenset(LOSSES.values())

SOFTMAX_FUNCTIONS = frozenset(
    {"torch.softmax", "torch.nn.functional.softmax", "torch.special.softmax", "torch.functional.softmax"}
)
LOG_SOFTMAX_FUNCTIONS = frozenset({"torch.log_softmax", "torch.nn.functional.log_softmax", "torch.special.log_softmax"})
LOG_SOFTMAX_LAYERS = frozenset({"torch.nn.LogSoftmax"})
SOFTMAX_LAYERS = frozenset({"torch.nn.Softmax", "torch.nn.Softmax2d"})
SIGMOID_FUNCTIONS = frozenset({"torch.sigmoid", "torch.nn.functional.sigmoid", "torch.special.expit", "torch.sigmoid_"})
SQUASHING_LAYERS = {**dict.fromkeys(SOFTMAX_LAYERS, "softmax"), "torch.nn.Sigmoid": "sigmoid"}
"""Layers whose output is probabilities, and the function they apply."""
SQUASHED = {
    "cross_entropy": "softmax",
    "nll_loss": "softmax",
    "binary_cross_entropy_with_logits": "sigmoid",
}
"""Losses that must not receive the output of a function."""

LOADERS = re.compile(
    r"^(torch\.utils\.data\.(dataloader\.)?DataLoader|torch\.utils\.data\.DataLoader2"
    r"|torch_geometric\.(loader|data)\.\w*(Loader|Sampler)|dgl\.dataloading\.\w*DataLoader"
    r"|torchtext\.(legacy\.)?data\.\w*Iterator|torchdata\..*DataLoader\w*|monai\.data\.\w*DataLoader)$"
)
SCALERS = frozenset(
    {
        "torch.cuda.amp.GradScaler",
        "torch.amp.GradScaler",
        "torch.cuda.amp.grad_scaler.GradScaler",
        "torch.amp.grad_scaler.GradScaler",
    }
)
SCHEDULERS = re.compile(
    r"^(torch\.optim\.lr_scheduler\.\w+|transformers\.(optimization\.)?get_\w*schedule\w*|timm\.scheduler\.\w+)$"
)
NO_GRAD = frozenset(
    {
        "torch.no_grad",
        "torch.inference_mode",
        "torch.autograd.no_grad",
        "torch.autograd.grad_mode.no_grad",
        "torch.autograd.inference_mode",
    }
)
GRAD_ON = frozenset({"torch.enable_grad", "torch.autograd.enable_grad", "torch.autograd.grad_mode.enable_grad"})
GRAD_SWITCH = frozenset(
    {
        "torch.set_grad_enabled",
        "torch.autograd.set_grad_enabled",
        "torch.autograd.grad_mode.set_grad_enabled",
        "torch._C.set_grad_enabled",
    }
)
MODULE_WRAPPERS = frozenset(
    {
        "torch.nn.DataParallel",
        "torch.nn.parallel.DataParallel",
        "torch.nn.parallel.DistributedDataParallel",
        "torch.nn.parallel.distributed.DistributedDataParallel",
        "torch.distributed.fsdp.FullyShardedDataParallel",
        "torch.compile",
        "torch.jit.script",
        "torch.nn.utils.weight_norm",
        "torch.nn.utils.spectral_norm",
        "torch.nn.utils.parametrizations.spectral_norm",
        "torch.nn.utils.parametrizations.weight_norm",
        "torch.nn.SyncBatchNorm.convert_sync_batchnorm",
        "apex.parallel.DistributedDataParallel",
        "apex.parallel.convert_syncbn_model",
    }
)
MANAGED = {
    "accelerate.Accelerator": "accelerate",
    "accelerate.accelerator.Accelerator": "accelerate",
    "lightning.Fabric": "fabric",
    "lightning.fabric.Fabric": "fabric",
    "lightning_fabric.Fabric": "fabric",
    "lightning.pytorch.Trainer": "lightning",
    "pytorch_lightning.Trainer": "lightning",
    "lightning.Trainer": "lightning",
    "transformers.Trainer": "transformers",
    "transformers.Seq2SeqTrainer": "transformers",
}
ENGINES = frozenset({"deepspeed.initialize", "colossalai.initialize", "colossalai.launch"})

SHAPE_OPS = frozenset(
    """view reshape flatten permute squeeze unsqueeze transpose contiguous to cuda cpu float double half bfloat16 type
    type_as view_as reshape_as clone t swapaxes movedim requires_grad_ expand expand_as repeat unflatten""".split()
)
SAME_AXES = frozenset("contiguous to cuda cpu float double half bfloat16 type type_as clone requires_grad_".split())
FOLDS = frozenset("view reshape flatten unflatten permute transpose t swapaxes movedim expand repeat".split())
"""Shape operations after which the first axis may count something else."""
RANKS = frozenset("argmax argsort argmin".split())
PAIRS = frozenset("max min topk sort kthvalue median mode".split())
"""Return (values, indices) when called with a dimension."""
NUMBERS = frozenset("item tolist size dim numel nelement get_device is_contiguous element_size data_ptr".split())
FACTORIES = frozenset(
    """tensor randn rand zeros ones full empty arange linspace randint randperm eye as_tensor from_numpy normal
    randn_like rand_like zeros_like ones_like full_like empty_like FloatTensor LongTensor Tensor logspace bernoulli
    multinomial""".split()
)
MODULE_PACKAGES = ("torch.", "torch_geometric.", "dgl.", "transformers.", "timm.", "torchvision.")
"""Packages whose module classes may be inherited from; their methods take no part in the protocol."""
TRAINERS = frozenset(
    """torch accelerate lightning lightning_fabric pytorch_lightning deepspeed transformers apex timm colossalai
    bitsandbytes peft diffusers torch_geometric dgl""".split()
)
"""Packages with facts of their own here; never read as a part of the project."""
HARMLESS_PACKAGES = frozenset(
    """builtins abc argparse array ast asyncio atexit base64 bisect collections contextlib copy csv ctypes dataclasses
    datetime decimal enum errno faulthandler fnmatch functools gc getpass glob gzip hashlib heapq html http importlib
    inspect io itertools json locale logging math multiprocessing numbers operator os pathlib pdb pickle platform
    pprint queue random re resource secrets shelve shlex shutil signal socket sqlite3 ssl stat statistics string struct
    subprocess sys tarfile tempfile textwrap threading time timeit tokenize traceback types typing unittest urllib uuid
    warnings weakref xml zipfile zlib
    numpy scipy pandas matplotlib seaborn sklearn PIL cv2 skimage imageio tqdm wandb tensorboard tensorboardX mlflow
    comet_ml neptune visdom rich click typer fire omegaconf hydra yaml toml absl einops psutil pynvml h5py lmdb nltk
    spacy sentencepiece tokenizers sacrebleu rouge evaluate datasets torchmetrics torchinfo torchsummary thop ptflops
    fvcore gym gymnasium termcolor tabulate plotly bokeh albumentations torchvision torchaudio torchtext networkx ogb
    prettytable colorama loguru joblib dill cloudpickle ray optuna aim clearml sacred torchviz onnx
    onnxruntime""".split()
)
"""Packages whose functions neither empty gradients nor step optimizers they are given."""
HARMLESS_TORCH = (
    "torch.save",
    "torch.load",
    "torch.manual_seed",
    "torch.cuda",
    "torch.backends",
    "torch.set_",
    "torch.get_",
    "torch.is_",
    "torch.nn.utils",
    "torch.nn.init",
    "torch.utils",
    "torch.onnx",
    "torch.jit",
    "torch.distributed",
    "torch.profiler",
    "torch.random",
    "torch.device",
    "torch.quantization",
    "torch.optim.swa_utils",
)

_OPTIMIZER_NAME = re.compile(
    r"optim|^opt$|^opts$|^opt[A-Z_\d]|_opts?$|_opt_|Opt$|^solver|_solver$|^(adam|sgd|adamw|rmsprop|lbfgs)\w?$", re.I
)
_NOT_OPTIMIZER = re.compile(r"sched|lr_|option|callback|hook|wrapper|loss|params|state|step", re.I)
_LOADER_NAME = re.compile(
    r"loader|^dl$|_dl$|^dl_|batches|train_?iter|data_?iter|iterator$|_iter$|train_?set$|data_?set$|^train_?data$|batch_?gen|generator$|_dataset$",
    re.I,
)
_SCHEDULER_NAME = re.compile(r"sched|^lr_|_lr$|warmup|anneal", re.I)
_EPOCH_NAME = re.compile(r"epoch|^ep$|^e$", re.I)
_DRAW_NAME = re.compile(r"batch|sample|next|minibatch", re.I)
_ENGINE_NAME = re.compile(r"engine|accelerator|fabric|trainer|deepspeed|strategy|lightning", re.I)


def is_optimizer(name: str) -> bool:
    """Whether a qualified name is an optimizer class."""
    package, _, last = name.rpartition(".")
    if name in OTHER_OPTIMIZERS:
        return True
    if not package.startswith(OPTIMIZER_PACKAGES) or "lr_scheduler" in name or "swa_utils" in name:
        return False
    return last in OPTIMIZERS if package.startswith("torch.optim") else last[:1].isupper()


def looks_like_optimizer(name: str) -> bool:
    """Whether a variable's name says optimizer."""
    return bool(_OPTIMIZER_NAME.search(name)) and not _NOT_OPTIMIZER.search(name)


def looks_like_loader(name: str) -> bool:
    """Whether a variable's name says that it yields batches."""
    return bool(_LOADER_NAME.search(name))


def looks_like_scheduler(name: str) -> bool:
    """Whether a variable's name says learning-rate scheduler."""
    return bool(_SCHEDULER_NAME.search(name))


def looks_like_epoch(name: str) -> bool:
    """Whether a loop variable's name says epoch."""
    return bool(_EPOCH_NAME.search(name))


_TASK_NAME = re.compile(r"task|agent|head|episode|rollout|trajector|client|player|branch|horizon|time_?step", re.I)


def looks_like_task(text: str) -> bool:
    """Whether a loop's variable or iterable says that it is over tasks, agents, heads or time, not over batches."""
    return bool(_TASK_NAME.search(text))


def looks_like_draw(name: str) -> bool:
    """Whether a function's name says that it draws a batch."""
    return bool(_DRAW_NAME.search(name))


def looks_like_engine(name: str) -> bool:
    """Whether a variable's name says that it runs the protocol itself (a DeepSpeed engine, an Accelerator)."""
    return bool(_ENGINE_NAME.search(name))


_BYSTANDER = re.compile(
    r"^(set_)?requires_grad|freeze|count_|num_param|n_param|save|^log|print|plot|summary|accuracy|valid|eval|^test|visuali"
    r"|^sample|^generate|^show|^report|checkpoint|profile|^is_|^has_|meter|^get_lr|from_pretrained|pipeline",
    re.I,
)


EXPORTS = frozenset({"torch.onnx.export", "torch.jit.trace", "torch.jit.script", "torch.export.export"})
"""Functions that take a model out of the program."""


def bystander(name: str) -> bool:
    """Whether an unknown function's name says that it only looks at a module (measures, saves, freezes it)."""
    return bool(_BYSTANDER.search(name))


def harmless(name: str) -> bool:
    """Whether an outside function is known not to touch gradients, optimizers or modules it is given."""
    root = name.partition(".")[0]
    return root in HARMLESS_PACKAGES or name.startswith(HARMLESS_TORCH)
