"""What counts as an optimizer, a loss, a softmax and a library that runs the protocol itself."""

from __future__ import annotations

import pytest
from training import events, expect, faults, look, of, source, wrong

from fixer.protocol.events import Kind
from fixer.reading.updates import updates

# --- optimizers, however they are come by ---------------------------------------------------------------------------

LOOP = """
import torch
import torch.nn as nn
{imports}
model = nn.Linear(4, 2)
{built}
for x, y in loader:
    {name}.zero_grad()  #-
    loss = nn.functional.mse_loss(model(x), y)
    loss.backward()  # <- stale
    {name}.step()
"""


@pytest.mark.parametrize(
    ("imports", "built"),
    [
        ("", "opt = torch.optim.SGD(model.parameters(), lr=0.1)"),
        ("import torch.optim", "opt = torch.optim.Adam(model.parameters())"),
        ("import torch.optim as optim", "opt = optim.AdamW(model.parameters())"),
        ("from torch import optim", "opt = optim.RMSprop(model.parameters())"),
        ("from torch import optim as o", "opt = o.Adagrad(model.parameters())"),
        ("from torch.optim import Adam", "opt = Adam(model.parameters())"),
        ("from torch.optim import Adam as A, SGD", "opt = A(model.parameters())"),
        ("from torch.optim.adam import Adam", "opt = Adam(params=model.parameters())"),
        ("from torch.optim import *", "opt = Adam(model.parameters())"),
        ("import torch as th", "opt = th.optim.NAdam(model.parameters())"),
        ("from transformers import AdamW", "opt = AdamW(model.parameters())"),
        ("import bitsandbytes as bnb", "opt = bnb.optim.Adam8bit(model.parameters())"),
        ("from apex.optimizers import FusedAdam", "opt = FusedAdam(model.parameters())"),
        ("from torch import optim", "opt = getattr(optim, 'Adam')(model.parameters())"),
        ("from torch import optim", "name = 'SGD'\nopt = getattr(optim, name)(model.parameters(), lr=1)"),
        ("", "cls = torch.optim.SGD\nopt = cls(model.parameters(), lr=1)"),
        ("", "table = {'a': torch.optim.Adam, 's': torch.optim.SGD}\nopt = table['a'](model.parameters())"),
        ("", "table = dict(a=torch.optim.Adam)\nopt = table['a'](model.parameters())"),
        ("", "table = {'a': torch.optim.Adam, 's': torch.optim.SGD}\nopt = table[args.kind](model.parameters())"),
        (
            "",
            "if fast:\n    opt = torch.optim.Adam(model.parameters())\n"
            "else:\n    opt = torch.optim.SGD(model.parameters(), 1)",
        ),
        ("", "opt = torch.optim.Adam(model.parameters()) if fast else torch.optim.SGD(model.parameters(), 1)"),
        ("", "opt = (torch.optim.Adam if fast else torch.optim.SGD)(model.parameters(), lr=0.1)"),
        ("", "def make(m):\n    return torch.optim.Adam(m.parameters())\nopt = make(model)"),
        ("", "make = lambda m: torch.optim.Adam(m.parameters())\nopt = make(model)"),
        (
            "",
            "def make(kind, ps):\n    if kind == 'adam':\n        return torch.optim.Adam(ps)\n"
            "    elif kind == 'sgd':\n        return torch.optim.SGD(ps, 1)\n    raise ValueError(kind)\n"
            "opt = make(args.kind, model.parameters())",
        ),
        ("from functools import partial", "make = partial(torch.optim.SGD, lr=0.1)\nopt = make(model.parameters())"),
        ("", "class Mine(torch.optim.SGD):\n    pass\nopt = Mine(model.parameters(), lr=1)"),
        ("", "opts = [torch.optim.SGD(model.parameters(), lr=1)]\nopt = opts[0]"),
        ("", "model, opt = model, torch.optim.SGD(model.parameters(), lr=1)"),
        ("", "def setup():\n    return model, torch.optim.SGD(model.parameters(), lr=1)\n_, opt = setup()"),
        ("", "opt: torch.optim.Optimizer = torch.optim.SGD(model.parameters(), lr=1)"),
        ("", "first = opt = torch.optim.SGD(model.parameters(), lr=1)"),
        ("", "(opt := torch.optim.SGD(model.parameters(), lr=1))"),
        ("", "params = list(model.parameters())\nopt = torch.optim.SGD(params, lr=1)"),
        ("", "params = [p for p in model.parameters() if p.requires_grad]\nopt = torch.optim.SGD(params, lr=1)"),
        ("", "opt = torch.optim.SGD(filter(lambda p: p.requires_grad, model.parameters()), lr=1)"),
        ("", "opt = torch.optim.SGD([{'params': model.weight}, {'params': [model.bias], 'lr': 2}], lr=1)"),
        ("", "opt = torch.optim.SGD([{'params': model.parameters()}], lr=1)"),
        ("", "try:\n    opt = torch.optim.Adam(model.parameters())\nexcept ImportError:\n    raise"),
    ],
)
def test_an_optimizer(imports: str, built: str) -> None:
    expect(LOOP.format(imports=imports, built=built, name="opt"))


@pytest.mark.parametrize(
    ("built", "name"),
    [
        ("self = object()\nself.opt = torch.optim.SGD(model.parameters(), lr=1)", "self.opt"),
        ("opts = {'main': torch.optim.SGD(model.parameters(), lr=1)}", "opts['main']"),
        ("opts = [torch.optim.SGD(model.parameters(), lr=1)]", "opts[0]"),
    ],
)
def test_an_optimizer_by_another_path(built: str, name: str) -> None:
    expect(LOOP.format(imports="", built=built, name=name))


@pytest.mark.parametrize(
    "built",
    [
        "class opt:\n    @staticmethod\n    def step(): pass",
        "class Mine(torch.optim.SGD):\n    def step(self):\n        super().step()\n        self.zero_grad()\n"
        "opt = Mine(model.parameters(), 1)",
        "opt = torch.optim.lr_scheduler.StepLR(torch.optim.SGD(model.parameters(), 1), 1)",
    ],
)
def test_not_known_to_be_a_plain_optimizer(built: str) -> None:
    """What steps is no optimizer, or one that zeroes by itself: the script without zero_grad stays silent."""
    text = source(LOOP.format(imports="", built=built, name="opt")).replace("    opt.zero_grad()  #-\n", "")
    assert faults(look(text)) == []


def test_an_optimizer_out_of_sight_is_known_by_what_is_done_with_it() -> None:
    expect("""
        def train(model, loader, optimizer, criterion):
            for x, y in loader:
                optimizer.zero_grad()  #-
                loss = criterion(model(x), y)
                loss.backward()  # <- stale
                optimizer.step()
    """)


@pytest.mark.parametrize("name", ["scheduler", "env", "prof", "lr_scheduler", "stepper", "world"])
def test_other_things_step_too(name: str) -> None:
    text = f"""
        def train(model, loader, {name}, criterion):
            for x, y in loader:
                loss = criterion(model(x), y)
                loss.backward()
                {name}.step()
    """
    assert faults(look(text)) == []


def test_a_list_of_optimizers() -> None:
    expect("""
        import torch
        from torch import nn
        nets = [nn.Linear(2, 2), nn.Linear(2, 2)]
        opts = [torch.optim.SGD(n.parameters(), lr=1) for n in nets]
        for x, y in loader:
            for o in opts:  #-
                o.zero_grad()  #-
            h = nets[1](nets[0](x))
            loss = nn.functional.mse_loss(h, y)
            loss.backward()  # <- stale
            for o in opts:
                o.step()
    """)


def test_several_optimizers_each_has_its_own_verdict() -> None:
    expect("""
        import torch
        from torch import nn
        G, D = nn.Linear(2, 2), nn.Linear(2, 1)
        og = torch.optim.Adam(G.parameters())
        od = torch.optim.Adam(D.parameters())
        for x in loader:
            fake = G(torch.randn(4, 2))
            od.zero_grad()
            real_loss = nn.functional.binary_cross_entropy_with_logits(D(x), ones)
            real_loss.backward()
            fake_loss = nn.functional.binary_cross_entropy_with_logits(D(fake.detach()), zeros)
            fake_loss.backward()
            od.step()
            og.zero_grad()  #-
            loss = nn.functional.binary_cross_entropy_with_logits(D(fake), ones)
            loss.backward()  # <- stale
            og.step()
    """)


# --- what empties the gradients -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "zero",
    [
        "opt.zero_grad()",
        "opt.zero_grad(set_to_none=True)",
        "opt.zero_grad(True)",
        "model.zero_grad()",
        "model.zero_grad(set_to_none=True)",
        "for p in model.parameters(): p.grad = None",
        "for p in model.parameters():\n        p.grad.zero_()",
        "for p in model.parameters():\n        if p.grad is not None:\n            p.grad.detach_()\n"
        "            p.grad.zero_()",
        "for n, p in model.named_parameters():\n        p.grad = None",
        "for g in opt.param_groups:\n        for p in g['params']:\n            p.grad = None",
        "clear()",
        "reset = opt.zero_grad; reset()",
        "[o.zero_grad() for o in (opt,)]",
        "[o.zero_grad() for o in opts]",
        "_ = opt.zero_grad()",
        "if True: opt.zero_grad()",
        "with ctx(): opt.zero_grad()",
        "try:\n        opt.zero_grad()\n    finally:\n        pass",
        "clean(opt)",
        "clean(model)",
        "torch._foreach_zero_([p.grad for p in model.parameters()])",
        "opt.zero_grad() if x.ok else model.zero_grad()",
    ],
)
@pytest.mark.parametrize("at", ["head", "before backward", "tail"])
def test_emptied(zero: str, at: str) -> None:
    """Wherever it stands between a step and the next backward, the loop is right."""
    places = {place: f"    {zero}\n" if place == at else "" for place in ("head", "before backward", "tail")}
    text = (
        "import torch\nfrom torch import nn\nfrom lib import clean\nmodel = nn.Linear(4, 2)\n"
        "opt = torch.optim.SGD(model.parameters(), lr=1)\nopts = [opt]\n"
        "def clear():\n    opt.zero_grad()\n"
        "for x, y in loader:\n"
        f"{places['head']}"
        "    loss = nn.functional.mse_loss(model(x), y)\n"
        f"{places['before backward']}"
        "    loss.backward()\n    opt.step()\n"
        f"{places['tail']}"
    )
    assert faults(look(text)) == []


@pytest.mark.parametrize(
    "other",
    [
        "print(loss.item())",
        "other.zero_grad()",
        "twin.zero_grad()",
        "opt.zero_grad",
        "sched.step()",
        "nn.utils.clip_grad_norm_(model.parameters(), 1.0)",
        "torch.save(model.state_dict(), 'a.pt')",
        "wandb.log({'loss': loss})",
        "losses.append(loss.item())",
        "model.train()",
        "total += loss.item()",
        "def later(): opt.zero_grad()",
        "if False: opt.zero_grad()",
    ],
)
def test_what_does_not_empty(other: str) -> None:
    expect(f"""
        import torch
        import wandb
        from torch import nn
        model = nn.Linear(4, 2)
        twin = nn.Linear(4, 2)
        opt = torch.optim.SGD(model.parameters(), lr=1)
        other = torch.optim.SGD(twin.parameters(), lr=1)
        sched = torch.optim.lr_scheduler.StepLR(opt, 1)
        losses = []
        total = 0
        for x, y in loader:
            opt.zero_grad()  #-
            loss = nn.functional.mse_loss(model(x), y)
            loss.backward()  # <- stale
            opt.step()
            {other}
    """)


@pytest.mark.parametrize(
    "between",
    [
        "step_hook(opt)",
        "callback(model)",
        "engine.after(opt, model)",
        "if x.sum() > 0: opt.zero_grad()",
        "self.hooks(model, opt)",
        "for o in unknown(opt): o.zero_grad()",
        "eval('opt.zero_grad()'); run(opt)",
    ],
)
def test_an_unreadable_call_keeps_it_silent(between: str) -> None:
    text = f"""
        import torch
        from torch import nn
        model = nn.Linear(4, 2)
        opt = torch.optim.SGD(model.parameters(), lr=1)
        for x, y in loader:
            loss = nn.functional.mse_loss(model(x), y)
            loss.backward()
            opt.step()
            {between}
    """
    assert faults(look(text)) == []


def test_a_method_taken_by_name() -> None:
    expect("""
        import torch
        from torch import nn
        model = nn.Linear(4, 2)
        opt = torch.optim.SGD(model.parameters(), lr=1)
        update, clear = opt.step, opt.zero_grad
        for x, y in loader:
            clear()  #-
            loss = nn.functional.mse_loss(model(x), y)
            loss.backward()  # <- stale
            update()
    """)


def test_hand_written_updates() -> None:
    expect("""
        import torch
        w = torch.randn(3, requires_grad=True)
        for i in range(100):
            loss = ((x * w).sum() - y) ** 2
            loss.backward()  # <- stale
            with torch.no_grad():
                w -= 0.1 * w.grad
                w.grad.zero_()  #-
    """)


# --- backward in its several forms ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "backward",
    [
        "loss.backward()",
        "loss.mean().backward()",
        "(loss + reg).backward()",
        "torch.autograd.backward(loss)",
        "torch.autograd.backward([loss])",
        "loss.backward(retain_graph=True)",
        "nn.functional.mse_loss(model(x), y).backward()",
        "if True: loss.backward()",
        "back = loss.backward; back()",
        "go(loss)",
    ],
)
def test_backward(backward: str) -> None:
    expect(
        f"""
        import torch
        from torch import nn
        model = nn.Linear(4, 2)
        opt = torch.optim.SGD(model.parameters(), lr=1)
        for x, y in loader:
            opt.zero_grad()  #-
            loss = nn.functional.mse_loss(model(x), y)
            {backward}  # <- stale
            opt.step()
    """
        if backward != "go(loss)"
        else """
        import torch
        from torch import nn
        model = nn.Linear(4, 2)
        opt = torch.optim.SGD(model.parameters(), lr=1)
        def go(value):
            value.backward()  # <- stale
        for x, y in loader:
            opt.zero_grad()  #-
            go(nn.functional.mse_loss(model(x), y))
            opt.step()
    """
    )


def test_gradients_assigned_by_autograd_grad_need_no_zero() -> None:
    text = """
        import torch
        from torch import nn
        model = nn.Linear(4, 2)
        opt = torch.optim.SGD(model.parameters(), lr=1)
        for x, y in loader:
            loss = nn.functional.mse_loss(model(x), y)
            for p, g in zip(model.parameters(), torch.autograd.grad(loss, model.parameters())):
                p.grad = g
            opt.step()
    """
    assert faults(look(text)) == []


def test_a_backward_of_another_model_is_none_of_this_optimizers() -> None:
    reading = look("""
        import torch
        from torch import nn
        a, b = nn.Linear(2, 2), nn.Linear(2, 2)
        oa = torch.optim.SGD(a.parameters(), lr=1)
        for x, y in loader:
            oa.zero_grad()
            nn.functional.mse_loss(a(x), y).backward()
            nn.functional.mse_loss(b(x), y).backward()
            oa.step()
    """)
    (updated,) = updates(reading)
    assert [place.emit.line for place in updated.backwards] == [7]


# --- losses ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("built", "called", "criterion"),
    [
        ("criterion = nn.CrossEntropyLoss()", "criterion(out, y)", "cross_entropy"),
        ("criterion = torch.nn.CrossEntropyLoss(weight=w, label_smoothing=0.1)", "criterion(out, y)", "cross_entropy"),
        ("from torch.nn import CrossEntropyLoss as CE\nce = CE()", "ce(out, y)", "cross_entropy"),
        ("", "nn.CrossEntropyLoss()(out, y)", "cross_entropy"),
        ("", "F.cross_entropy(out, y)", "cross_entropy"),
        ("", "F.cross_entropy(input=out, target=y)", "cross_entropy"),
        ("", "torch.nn.functional.cross_entropy(out, y)", "cross_entropy"),
        ("from torch.nn.functional import cross_entropy as ce", "ce(out, y)", "cross_entropy"),
        ("def make():\n    return nn.CrossEntropyLoss()\nloss_fn = make()", "loss_fn(out, y)", "cross_entropy"),
        ("loss_fn = {'ce': nn.CrossEntropyLoss()}['ce']", "loss_fn(out, y)", "cross_entropy"),
        ("loss_fn = F.cross_entropy", "loss_fn(out, y)", "cross_entropy"),
        ("criterion = nn.NLLLoss()", "criterion(out, y)", "nll_loss"),
        ("criterion = nn.MSELoss()", "criterion(out, y)", "mse_loss"),
        ("", "F.binary_cross_entropy_with_logits(out, y)", "binary_cross_entropy_with_logits"),
    ],
)
def test_losses(built: str, called: str, criterion: str) -> None:
    reading = look(
        "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\nmodel = nn.Linear(2, 2)\n"
        f"{built}\nout = model(x)\nloss = {called}\nloss.backward()\n"
    )
    assert [emit.facts["criterion"] for emit in of(reading, Kind.LOSS)] == [criterion]
    (loss,) = of(reading, Kind.LOSS)
    (backward,) = of(reading, Kind.BACKWARD)
    assert loss.makes in {s.site for s in backward.uses}


# --- libraries that run the protocol themselves ---------------------------------------------------------------------


def test_grad_scaler() -> None:
    expect("""
        import torch
        from torch import nn
        model = nn.Linear(4, 2)
        opt = torch.optim.SGD(model.parameters(), lr=1)
        scaler = torch.cuda.amp.GradScaler()
        for x, y in loader:
            opt.zero_grad()  #-
            with torch.autocast("cuda"):
                loss = nn.functional.mse_loss(model(x), y)
            scaler.scale(loss).backward()  # <- stale
            scaler.unscale_(opt)
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            scaler.step(opt)
            scaler.update()
    """)
    reading = look("""
        import torch
        from torch.amp import GradScaler
        model = torch.nn.Linear(4, 2)
        opt = torch.optim.SGD(model.parameters(), lr=1)
        scaler = GradScaler("cuda", enabled=amp)
        loss = model(x).mean()
        scaler.scale(loss).backward()
        scaler.unscale_(opt)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        scaler.step(opt)
    """)
    order = [emit.kind for emit in events(reading) if emit.kind not in (Kind.FORWARD, Kind.LOSS)]
    assert order == [Kind.CREATED, Kind.BACKWARD, Kind.UNSCALE, Kind.CLIP, Kind.STEP]
    (step,) = of(reading, Kind.STEP)
    (created,) = of(reading, Kind.CREATED)
    assert step.subject == created.subject


def test_lbfgs_closure() -> None:
    expect("""
        import torch
        from torch import nn
        model = nn.Linear(4, 2)
        opt = torch.optim.LBFGS(model.parameters())
        for i in range(20):
            def closure():
                opt.zero_grad()  #-
                loss = nn.functional.mse_loss(model(x), y)
                loss.backward()  # <- stale
                return loss
            opt.step(closure)
    """)


def test_sharpness_aware_steps() -> None:
    text = """
        from sam import SAM
        def train(model, loader, optimizer, criterion):
            for x, y in loader:
                criterion(model(x), y).backward()
                optimizer.first_step(zero_grad=True)
                criterion(model(x), y).backward()
                optimizer.second_step(zero_grad=True)
    """
    assert faults(look(text)) == []


MANAGED = {
    "accelerate": """
        from accelerate import Accelerator
        accelerator = Accelerator()
        model, opt, loader = accelerator.prepare(model, opt, loader)
        for x, y in loader:
            opt.zero_grad()  #-
            loss = torch.nn.functional.mse_loss(model(x), y)
            accelerator.backward(loss)  # <- stale
            opt.step()
    """,
    "fabric": """
        from lightning.fabric import Fabric
        fabric = Fabric()
        model, opt = fabric.setup(model, opt)
        for x, y in loader:
            opt.zero_grad()  #-
            loss = torch.nn.functional.mse_loss(model(x), y)
            fabric.backward(loss)  # <- stale
            opt.step()
    """,
}


@pytest.mark.parametrize("name", MANAGED)
def test_prepared_optimizers_still_need_zero_grad(name: str) -> None:
    setup = "import torch\nmodel = torch.nn.Linear(2, 2)\nopt = torch.optim.SGD(model.parameters(), lr=1)\n"
    expect(setup + source(MANAGED[name]))


@pytest.mark.parametrize(
    "text",
    [
        """
        import deepspeed
        engine, _, _, _ = deepspeed.initialize(model=net, config=c)
        for x, y in loader:
            loss = criterion(engine(x), y)
            engine.backward(loss)
            engine.step()
        """,
        """
        def train(model_engine, loader, criterion):
            for x, y in loader:
                loss = criterion(model_engine(x), y)
                model_engine.backward(loss)
                model_engine.step()
        """,
        """
        import lightning as L
        import torch
        class Net(L.LightningModule):
            def training_step(self, batch, i):
                x, y = batch
                return torch.nn.functional.mse_loss(self(x), y)
            def configure_optimizers(self):
                return torch.optim.Adam(self.parameters())
        L.Trainer().fit(Net(), loader)
        """,
        """
        import torch
        from accelerate import Accelerator
        accelerator = Accelerator(gradient_accumulation_steps=4)
        model = torch.nn.Linear(2, 2)
        opt = torch.optim.SGD(model.parameters(), lr=1)
        model, opt, loader = accelerator.prepare(model, opt, loader)
        for x, y in loader:
            with accelerator.accumulate(model):
                loss = torch.nn.functional.mse_loss(model(x), y)
                accelerator.backward(loss)
                opt.step()
                opt.zero_grad()
        """,
        """
        import torch.distributed.autograd as dist_autograd
        from torch.distributed.optim import DistributedOptimizer
        opt = DistributedOptimizer(torch.optim.SGD, refs, lr=0.1)
        for x, y in loader:
            with dist_autograd.context() as context:
                loss = criterion(model(x), y)
                dist_autograd.backward(context, [loss])
                opt.step(context)
        """,
        """
        from transformers import Trainer
        Trainer(model=model, args=args, train_dataset=data).train()
        """,
        """
        def learn(opt, model, loader):
            for x, y in loader:
                opt.step(model.loss(x, y))
        """,
    ],
    ids=["deepspeed", "deepspeed by name", "lightning", "accelerate accumulates", "rpc", "transformers", "jittor"],
)
def test_engines_are_left_alone(text: str) -> None:
    assert faults(look(text)) == []


def test_apex_scales_the_loss() -> None:
    expect("""
        import torch
        from apex import amp
        model = torch.nn.Linear(2, 2)
        opt = torch.optim.SGD(model.parameters(), lr=1)
        model, opt = amp.initialize(model, opt, opt_level="O1")
        for x, y in loader:
            opt.zero_grad()  #-
            loss = torch.nn.functional.mse_loss(model(x), y)
            with amp.scale_loss(loss, opt) as scaled:
                scaled.backward()  # <- stale
            opt.step()
    """)


@pytest.mark.parametrize(
    "wrap",
    [
        "nn.DataParallel(model)",
        "nn.parallel.DistributedDataParallel(model, device_ids=[0])",
        "torch.compile(model)",
        "model.cuda()",
        "model.to('cpu').train()",
        "nn.SyncBatchNorm.convert_sync_batchnorm(model)",
    ],
)
def test_a_wrapped_model_has_the_same_parameters(wrap: str) -> None:
    expect(f"""
        import torch
        from torch import nn
        model = nn.Linear(4, 2)
        opt = torch.optim.SGD(model.parameters(), lr=1)
        net = {wrap}
        for x, y in loader:
            net.zero_grad()  #-
            loss = nn.functional.mse_loss(net(x), y)
            loss.backward()  # <- stale
            opt.step()
    """)


def test_nothing_to_read() -> None:
    for text in ("", "\n", "# only a comment\n", "x = 1\n", "import torch\n"):
        reading = look(text)
        assert events(reading) == [] and faults(reading) == [] and reading.gaps == []


def test_an_optimizer_that_may_be_another_in_each_iteration() -> None:
    """It comes from a call in the loop that cannot be read: what the loop carries from step to step is not judged."""
    reading = look("""
        import torch
        from lib import make
        for x, y in loader:
            opt = make(model)
            loss = criterion(model(x), y)
            loss.backward()
            opt.step()
    """)
    assert faults(reading) == []


@pytest.mark.parametrize(
    "moved",
    ["nn.CrossEntropyLoss().to('cuda')", "nn.CrossEntropyLoss().cuda()", "nn.CrossEntropyLoss(weight=w).cuda(0)"],
)
def test_a_criterion_that_is_moved(moved: str) -> None:
    expect(f"""
        import torch
        from torch import nn
        criterion = {moved}
        model = nn.Linear(2, 2)
        out = nn.functional.softmax(model(x), dim=1)  # <- softmax
        loss = criterion(out, y)
        loss.backward()
    """)


@pytest.mark.parametrize(
    ("default", "test"),
    [("False", "clear"), ("None", "clear is not None"), ("0", "clear"), ("1", "clear > 1"), ("'a'", "clear == 'b'")],
)
def test_a_default_is_not_what_an_unseen_caller_gives(default: str, test: str) -> None:
    text = f"""
        def train(model, loader, optimizer, criterion, clear={default}):
            for x, y in loader:
                if {test}:
                    optimizer.zero_grad()
                loss = criterion(model(x), y)
                loss.backward()
                optimizer.step()
    """
    assert faults(look(text)) == []


def test_an_optimizer_wrapped_by_a_class_that_cannot_be_read() -> None:
    text = """
        import torch
        from lib import Wrapped
        model = torch.nn.Linear(2, 2)
        opt = Wrapped(torch.optim.SGD(model.parameters(), 1))
        for x, y in loader:
            loss = torch.nn.functional.mse_loss(model(x), y)
            loss.backward()
            opt.step()
    """
    assert faults(look(text)) == []


def test_a_scaler_that_may_be_none() -> None:
    text = """
        def train(model, loader, optimizer, criterion, scaler=None):
            for x, y in loader:
                optimizer.zero_grad()  #-
                loss = criterion(model(x), y)
                if scaler is not None:
                    scaler.scale(loss).backward()
                    scaler.step(optimizer)
                    scaler.update()
                else:
                    loss.backward()
                    optimizer.step()
    """
    assert faults(look(text)) == []
    # One cause, one fault: at either of the two backwards.
    assert faults(look(wrong(text))) in ([(5, "stale")], [(9, "stale")])
