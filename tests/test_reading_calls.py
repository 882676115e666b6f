"""Training spread over functions, methods, closures and classes; models whose output is squashed on the way."""

from __future__ import annotations

import pytest
from training import expect, faults, look, of, source

from fixer.protocol.events import Kind

# --- functions ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "names",
    [
        ("model", "loader", "optimizer", "criterion"),
        ("net", "train_loader", "opt", "loss_fn"),
        ("m", "dl", "optim_", "cost"),
        ("network", "data_loader", "solver", "lossf"),
    ],
)
def test_arguments_whatever_their_names(names: tuple[str, ...]) -> None:
    model, loader, optimizer, criterion = names
    expect(f"""
        def train({model}, {loader}, {optimizer}, {criterion}, device, epoch):
            {model}.train()
            for x, y in {loader}:
                x, y = x.to(device), y.to(device)
                {optimizer}.zero_grad()  #-
                loss = {criterion}({model}(x), y)
                loss.backward()  # <- stale
                {optimizer}.step()
    """)


def test_arguments_with_odd_names_known_from_the_caller() -> None:
    expect("""
        import torch
        from torch import nn
        def f(a, b, *, c, d=None):
            for x, y in b:
                c.zero_grad()  #-
                d(a(x), y).backward()  # <- stale
                c.step()
        def main():
            model = nn.Linear(2, 2)
            f(model, loader, c=torch.optim.SGD(model.parameters(), lr=1), d=nn.MSELoss())
        if __name__ == "__main__":
            main()
    """)


@pytest.mark.parametrize(
    "call",
    [
        "f(model, loader, opt)",
        "f(loader=loader, opt=opt, model=model)",
        "f(*(model, loader, opt))",
        "f(**dict(model=model, loader=loader, opt=opt))",
        "f(*args)",
        "f(model, **config)",
        "[f(model, loader, opt) for _ in range(10)]",
        "print(f(model, loader, opt))",
        "result = f(model, loader, opt) if ready else None",
        "run = f\nrun(model, loader, opt)",
        "import functools\nfunctools.partial(f, model)(loader, opt)",
    ],
)
def test_calls(call: str) -> None:
    text = """
import torch
from torch import nn
model = nn.Linear(2, 2)
opt = torch.optim.SGD(model.parameters(), lr=1)
args = (model, loader, opt)
config = {"loader": loader, "opt": opt}
def f(model, loader, opt):
    for x, y in loader:
        opt.zero_grad()  #-
        nn.functional.mse_loss(model(x), y).backward()  # <- stale
        opt.step()
"""
    expect(text + call + "\n")


def test_epochs_outside_batches_inside() -> None:
    expect("""
        import torch
        from torch import nn
        def train_epoch(model, loader, optimizer):
            for x, y in loader:
                optimizer.zero_grad()  #-
                loss = nn.functional.mse_loss(model(x), y)
                loss.backward()  # <- stale
                optimizer.step()
            return loss.item()
        def evaluate(model, loader):
            with torch.no_grad():
                return sum(nn.functional.mse_loss(model(x), y).item() for x, y in loader)
        def main():
            model = nn.Linear(2, 2)
            optimizer = torch.optim.SGD(model.parameters(), lr=1)
            for epoch in range(10):
                train_epoch(model, train_loader, optimizer)
                evaluate(model, test_loader)
        main()
    """)


def test_zeroed_by_the_caller_or_by_the_callee() -> None:
    text = """
        import torch
        from torch import nn
        model = nn.Linear(2, 2)
        opt = torch.optim.SGD(model.parameters(), lr=1)
        def update(loss):
            {callee}
            loss.backward()
            opt.step()
        for x, y in loader:
            {caller}
            update(nn.functional.mse_loss(model(x), y))
    """
    assert faults(look(text.format(caller="opt.zero_grad()", callee="pass"))) == []
    assert faults(look(text.format(caller="pass", callee="opt.zero_grad()"))) == []
    assert faults(look(text.format(caller="pass", callee="pass"))) == [(7, "stale")]


def test_helpers_for_each_part() -> None:
    expect("""
        import torch
        from torch import nn
        model = nn.Linear(2, 2)
        opt = torch.optim.SGD(model.parameters(), lr=1)
        def forward(batch):
            x, y = batch
            return nn.functional.mse_loss(model(x), y)
        def backward(loss):
            loss.backward()  # <- stale
        def apply():
            opt.step()
        def clear():
            opt.zero_grad()
        for batch in loader:
            clear()  #-
            backward(forward(batch))
            apply()
    """)


def test_nested_functions_and_closures() -> None:
    expect("""
        import torch
        from torch import nn
        def main():
            model = nn.Linear(2, 2)
            opt = torch.optim.SGD(model.parameters(), lr=1)
            def step(x, y):
                def loss():
                    return nn.functional.mse_loss(model(x), y)
                opt.zero_grad()  #-
                loss().backward()  # <- stale
                opt.step()
            def epoch():
                for x, y in loader:
                    step(x, y)
            for _ in range(10):
                epoch()
        main()
    """)


def test_a_function_made_by_a_function() -> None:
    expect("""
        import torch
        from torch import nn
        model = nn.Linear(2, 2)
        def make_step(opt, loss_fn=nn.MSELoss()):
            def step(x, y):
                opt.zero_grad()  #-
                loss_fn(model(x), y).backward()  # <- stale
                opt.step()
            return step
        step = make_step(torch.optim.SGD(model.parameters(), lr=1))
        for x, y in loader:
            step(x, y)
    """)


def test_global_and_nonlocal_names() -> None:
    expect("""
        import torch
        from torch import nn
        model, opt = nn.Linear(2, 2), None
        def setup():
            global opt
            opt = torch.optim.SGD(model.parameters(), lr=1)
        setup()
        for x, y in loader:
            opt.zero_grad()  #-
            nn.functional.mse_loss(model(x), y).backward()  # <- stale
            opt.step()
    """)


@pytest.mark.parametrize(
    "decorator",
    [
        "@timer",
        "@functools.wraps(f)",
        "@torch.enable_grad()",
        "@record",
        "@hydra.main(config_path=None)",
        "@click.command()",
    ],
)
def test_decorated_functions(decorator: str) -> None:
    expect(f"""
        import click, functools, hydra, torch
        from torch import nn
        from torch.distributed.elastic.multiprocessing.errors import record
        def timer(f):
            return f
        f = print
        {decorator}
        def main(cfg):
            model = nn.Linear(2, 2)
            opt = torch.optim.SGD(model.parameters(), lr=1)
            for x, y in loader:
                opt.zero_grad()  #-
                nn.functional.mse_loss(model(x), y).backward()  # <- stale
                opt.step()
    """)


def test_without_gradients_nothing_is_trained() -> None:
    text = """
        import torch
        @torch.no_grad()
        def evaluate(model, loader, criterion):
            for x, y in loader:
                loss = criterion(torch.softmax(model(x), 1), y)
    """
    assert faults(look(text)) == []
    forwards = of(look(text), Kind.FORWARD)
    assert forwards and all(emit.facts["grad"] is False for emit in forwards)


def test_recursion_ends() -> None:
    reading = look("""
        def f(model, opt, n):
            loss = model(n)
            loss.backward()
            opt.step()
            if n:
                f(model, opt, n - 1)
            g(model, opt, n)
        def g(model, opt, n):
            f(model, opt, n)
        f(m, o, 5)
    """)
    assert reading.gaps == []
    assert of(reading, Kind.STEP)


# --- classes --------------------------------------------------------------------------------------------------------


def test_a_trainer_class() -> None:
    expect("""
        import torch
        from torch import nn
        class Trainer:
            def __init__(self, model, loader, lr=0.1):
                self.model = model
                self.loader = loader
                self.optimizer = torch.optim.SGD(self.model.parameters(), lr=lr)
                self.criterion = nn.MSELoss()
            def train_epoch(self):
                for x, y in self.loader:
                    self.optimizer.zero_grad()  #-
                    loss = self.criterion(self.model(x), y)
                    loss.backward()  # <- stale
                    self.optimizer.step()
            def fit(self):
                for epoch in range(10):
                    self.train_epoch()
        Trainer(nn.Linear(2, 2), loader).fit()
    """)


def test_a_trainer_nobody_in_sight_uses() -> None:
    expect("""
        class Trainer:
            def __init__(self, model, optimizer, criterion):
                self.model, self.optimizer, self.criterion = model, optimizer, criterion
            def _run_batch(self, x, y):
                self.optimizer.zero_grad()  #-
                loss = self.criterion(self.model(x), y)
                loss.backward()  # <- stale
                self.optimizer.step()
            def _run_epoch(self, epoch):
                for x, y in self.train_data:
                    self._run_batch(x, y)
            def train(self, epochs):
                for epoch in range(epochs):
                    self._run_epoch(epoch)
    """)


@pytest.mark.parametrize(
    "clear",
    [
        "self.optimizer.zero_grad()",
        "self.model.zero_grad()",
        "self.clear()",
        "Base.clear(self)",
        "super().clear()",
        "self.zero_all(self.optimizer)",
        "type(self).clear(self)",
    ],
)
def test_inherited_methods(clear: str) -> None:
    expect(f"""
        import torch
        from torch import nn
        class Base:
            def __init__(self):
                self.model = nn.Linear(2, 2)
                self.optimizer = self.configure(self.model)
                self.setup()
            def setup(self):
                pass
            def configure(self, model):
                raise NotImplementedError
            def clear(self):
                self.optimizer.zero_grad()
            @staticmethod
            def zero_all(*optimizers):
                for one in optimizers:
                    one.zero_grad()
        class Mine(Base):
            def configure(self, model):
                return torch.optim.Adam(model.parameters())
            def setup(self):
                self.criterion = nn.MSELoss()
            def fit(self, loader):
                for x, y in loader:
                    {clear}  #-
                    loss = self.criterion(self.model(x), y)
                    loss.backward()  # <- stale
                    self.optimizer.step()
        Mine().fit(loader)
    """)


def test_a_template_method() -> None:
    expect("""
        import torch
        from torch import nn
        class Base:
            def fit(self, loader):
                for batch in loader:
                    self.optimizer.zero_grad()  #-
                    loss = self.compute_loss(batch)
                    loss.backward()  # <- stale
                    self.optimizer.step()
        class Mine(Base):
            def __init__(self):
                super().__init__()
                self.net = nn.Linear(2, 2)
                self.optimizer = torch.optim.Adam(self.net.parameters())
            def compute_loss(self, batch):
                return nn.functional.mse_loss(self.net(batch[0]), batch[1])
        Mine().fit(loader)
    """)


def test_a_hook_that_a_subclass_may_fill() -> None:
    """An abstract method is filled out of sight: it may zero."""
    text = """
        import abc
        class Base(abc.ABC):
            def fit(self, loader):
                for x, y in loader:
                    self.before_batch()
                    loss = self.criterion(self.model(x), y)
                    loss.backward()
                    self.optimizer.step()
            @abc.abstractmethod
            def before_batch(self):
                ...
    """
    assert faults(look(text)) == []


def test_a_method_with_two_names() -> None:
    text = """
        class A:
            def __init__(self, model, optimizer):
                self.model, self.optimizer = model, optimizer
            def clear(self):
                self.optimizer.zero_grad()
            zero = clear
            def fit(self, loader):
                for x, y in loader:
                    self.zero()  #-
                    self.model(x).mean().backward()  # <- stale
                    self.optimizer.step()
    """
    expect(text)


@pytest.mark.parametrize("bound", ["zero = wrap(clear)", "zero = lambda self: self.optimizer.zero_grad()"])
def test_a_method_bound_in_the_class_body(bound: str) -> None:
    text = f"""
        from lib import wrap
        class A:
            def __init__(self, model, optimizer):
                self.model, self.optimizer = model, optimizer
            def clear(self):
                self.optimizer.zero_grad()
            {bound}
            def fit(self, loader):
                for x, y in loader:
                    self.zero()
                    self.model(x).mean().backward()
                    self.optimizer.step()
    """
    assert faults(look(text)) == []


def test_properties_dataclasses_and_class_attributes() -> None:
    expect("""
        import torch
        from dataclasses import dataclass
        from torch import nn
        class Holder:
            criterion = nn.MSELoss()
            def __init__(self, model):
                self._opt = torch.optim.SGD(model.parameters(), lr=1)
            @property
            def opt(self):
                return self._opt
        model = nn.Linear(2, 2)
        holder = Holder(model)
        for x, y in loader:
            holder.opt.zero_grad()  #-
            holder.criterion(model(x), y).backward()  # <- stale
            holder.opt.step()
    """)


def test_a_model_that_computes_its_loss() -> None:
    expect("""
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(2, 2)
            def forward(self, x, labels=None):
                out = self.fc(x)
                return {"loss": nn.functional.cross_entropy(out, labels), "logits": out}
        net = Net()
        opt = torch.optim.SGD(net.parameters(), lr=1)
        for batch in loader:
            opt.zero_grad()  #-
            loss = net(**batch)["loss"]
            loss.backward()  # <- stale
            opt.step()
    """)
    expect("""
        import torch
        from transformers import AutoModel
        model = AutoModel.from_pretrained("bert")
        opt = torch.optim.AdamW(model.parameters())
        for batch in loader:
            opt.zero_grad()  #-
            model(**batch).loss.backward()  # <- stale
            opt.step()
    """)


def test_classes_with_call_and_context_managers() -> None:
    expect("""
        import torch
        from torch import nn
        class Step:
            def __init__(self, model, opt):
                self.model, self.opt = model, opt
            def __call__(self, x, y):
                self.opt.zero_grad()  #-
                nn.functional.mse_loss(self.model(x), y).backward()  # <- stale
                self.opt.step()
        model = nn.Linear(2, 2)
        step = Step(model, torch.optim.SGD(model.parameters(), lr=1))
        for x, y in loader:
            step(x, y)
    """)


# --- softmax on the way to cross-entropy ----------------------------------------------------------------------------

IMPORTS = "import torch\nimport torch.nn as nn\nimport torch.nn.functional as F\nfrom collections import OrderedDict\n"
TRAIN = (
    "opt = torch.optim.SGD(model.parameters(), lr=1)\nfor x, y in loader:\n    opt.zero_grad()\n"
    "    {loss}\n    loss.backward()\n    opt.step()\n"
)

MODELS = {
    "sequential": "model = nn.Sequential(nn.Linear(4, 2), nn.Softmax(dim=1))  # <- softmax",
    "sequential in lines": "model = nn.Sequential(\n    nn.Linear(4, 2),\n    nn.Softmax(dim=-1),  # <- softmax\n)",
    "list unpacked": (
        "layers = [nn.Linear(4, 2)]\nlayers.append(nn.Softmax(1))  # <- softmax\nmodel = nn.Sequential(*layers)"
    ),
    "ordered dict": (
        "model = nn.Sequential(OrderedDict([\n    ('fc', nn.Linear(4, 2)),\n"
        "    ('sm', nn.Softmax(1)),  # <- softmax\n]))"
    ),
    "nested": (
        "head = nn.Sequential(nn.Linear(4, 2), nn.Softmax(1))  # <- softmax\nmodel = nn.Sequential(nn.ReLU(), head)"
    ),
    "flatten behind": "model = nn.Sequential(nn.Linear(4, 2), nn.Softmax(1), nn.Flatten())  # <- softmax",
    "softmax2d": "model = nn.Sequential(nn.Conv2d(3, 2, 1), nn.Softmax2d())  # <- softmax",
    "softmin off": "model = nn.Sequential(nn.Linear(4, 2), nn.Sigmoid())",
    "in the middle": "model = nn.Sequential(nn.Linear(4, 4), nn.Softmax(1), nn.Linear(4, 2))",
    "log softmax": "model = nn.Sequential(nn.Linear(4, 2), nn.LogSoftmax(1))",
    "moved": "model = nn.Sequential(nn.Linear(4, 2), nn.Softmax(1)).to('cuda')  # <- softmax",
    "wrapped": "model = nn.DataParallel(nn.Sequential(nn.Linear(4, 2), nn.Softmax(1)))  # <- softmax",
    "factory": "def build():\n    return nn.Sequential(nn.Linear(4, 2), nn.Softmax(1))  # <- softmax\nmodel = build()",
    "add_module": "model = nn.Sequential(nn.Linear(4, 2))\nmodel.add_module('sm', nn.Softmax(1))  # <- softmax",
}


@pytest.mark.parametrize("name", MODELS)
def test_sequential(name: str) -> None:
    expect(IMPORTS + MODELS[name] + "\n" + TRAIN.format(loss="loss = F.cross_entropy(model(x), y)"))


FORWARDS = {
    "functional": "return F.softmax(self.fc(x), dim=1)  # <- softmax",
    "torch": "return torch.softmax(self.fc(x), 1)  # <- softmax",
    "method": "return self.fc(x).softmax(-1)  # <- softmax",
    "local": "x = self.fc(x)\n        x = F.softmax(x, dim=1)  # <- softmax\n        return x",
    "layer": "return self.sm(self.fc(x))  # <- softmax",
    "layer made here": "return nn.Softmax(dim=1)(self.fc(x))  # <- softmax",
    "view": "return F.softmax(self.fc(x), 1).view(-1, 2)  # <- softmax",
    "squeeze": "return F.softmax(self.fc(x), 1).squeeze(1)  # <- softmax",
    "reshape and cast": "return F.softmax(self.fc(x), 1).reshape(-1, 2).float()  # <- softmax",
    "flatten": "return torch.flatten(F.softmax(self.fc(x), 1), 1)  # <- softmax",
    "permute": "return F.softmax(self.fc(x), -1).permute(0, 2, 1)  # <- softmax",
    "helper": "return self.head(x)",
    "both": "if self.training:\n            return self.fc(x)\n        return F.softmax(self.fc(x), 1)",
    "logits": "return self.fc(x)",
    "log": "return torch.log(F.softmax(self.fc(x), 1))",
    "log_softmax": "return F.log_softmax(self.fc(x), 1)",
    "weighted": "return F.softmax(self.fc(x), 1) * self.scale",
    "attention": "a = F.softmax(self.fc(x), 1)\n        return self.fc(a @ x)",
    "keyword": "return F.softmax(input=self.fc(x), dim=1)  # <- softmax",
}


@pytest.mark.parametrize("name", FORWARDS)
def test_forward(name: str) -> None:
    helper = name == "helper"
    expect(
        f"{IMPORTS}class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.fc = nn.Linear(4, 2)\n        self.sm = nn.Softmax(dim=1)\n"
        f"    def head(self, x):\n        return F.softmax(self.fc(x), 1){'  # <- softmax' if helper else ''}\n"
        f"    def forward(self, x):\n        {FORWARDS[name]}\n"
        f"model = Net()\n{TRAIN.format(loss='loss = nn.CrossEntropyLoss()(model(x), y)')}"
    )


LOSSES = {
    "expression": "loss = F.cross_entropy(F.softmax(model(x), 1), y)  # <- softmax",
    "local": "p = torch.softmax(model(x), 1)  # <- softmax\n    loss = criterion(p, y)",
    "method": "p = model(x).softmax(dim=1)  # <- softmax\n    loss = criterion(p, y)",
    "view": "p = model(x).softmax(dim=1)  # <- softmax\n    loss = criterion(p.view(-1, 2), y.view(-1))",
    "keyword": "loss = criterion(input=F.softmax(model(x), 1), target=y)  # <- softmax",
    "plus a penalty": "loss = criterion(F.softmax(model(x), 1), y) + 0.1 * penalty()  # <- softmax",
    "of the target": "loss = criterion(model(x), F.softmax(y, 1))",
    "metric": "out = model(x)\n    loss = criterion(out, y)\n    p = F.softmax(out, 1).argmax(1)",
    "log": "loss = criterion(torch.log(F.softmax(model(x), 1)), y)",
    "another loss": "loss = F.nll_loss(F.softmax(model(x), 1).log(), y)",
    "mse": "loss = F.mse_loss(F.softmax(model(x), 1), y)",
    "kl": "loss = F.kl_div(F.log_softmax(model(x), 1), F.softmax(y, 1))",
    "unknown function": "loss = criterion(calibrate(F.softmax(model(x), 1)), y)",
    "one of two": "p = F.softmax(model(x), 1) if flag else model(x)\n    loss = criterion(p, y)",
}


@pytest.mark.parametrize("name", LOSSES)
def test_at_the_loss(name: str) -> None:
    setup = "model = nn.Linear(4, 2)\ncriterion = nn.CrossEntropyLoss()\n"
    expect(IMPORTS + setup + TRAIN.format(loss=LOSSES[name]))


def test_tuple_outputs() -> None:
    text = """
        import torch
        from torch import nn
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(4, 2)
            def forward(self, x):
                z = self.fc(x)
                return z, torch.softmax(z, 1)MARK
        model = Net()
        {take}
        loss = nn.CrossEntropyLoss()({given}, y)
        loss.backward()
    """
    for take, given, bad in [
        ("out, probs = model(x)", "out", False),
        ("out, probs = model(x)", "probs", True),
        ("out = model(x)", "out[0]", False),
        ("out = model(x)", "out[1]", True),
        ("out = model(x)", "out[-1]", True),
        ("*_, out = model(x)", "out", True),
        ("_, out = model(x)", "out.view(-1, 2)", True),
        ("out = model(x)", "model(x)[0]", False),
    ]:
        expect(text.format(take=take, given=given).replace("MARK", "  # <- softmax" if bad else ""))


def test_a_class_used_through_another_class() -> None:
    expect("""
        import torch
        from torch import nn
        class Head(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(4, 2)
                self.act = nn.Softmax(dim=1)
            def forward(self, x):
                return self.act(self.fc(x))  # <- softmax
        class Net(nn.Module):
            def __init__(self, head):
                super().__init__()
                self.body, self.head = nn.Linear(4, 4), head
            def forward(self, x):
                return self.head(torch.relu(self.body(x)))
        class Trainer:
            def __init__(self, net):
                self.net, self.loss_fn = net, nn.CrossEntropyLoss()
            def loss(self, x, y):
                return self.loss_fn(self.net(x), y)
        trainer = Trainer(Net(Head()))
        for x, y in loader:
            trainer.loss(x, y).backward()
    """)


def test_a_project_class_named_like_torchs_is_none_of_it() -> None:
    text = """
        import torch
        from torch import nn
        class CrossEntropyLoss(nn.Module):
            def forward(self, p, y):
                return -(y * torch.log(p)).sum()
        model = nn.Sequential(nn.Linear(4, 2), nn.Softmax(1))
        loss = CrossEntropyLoss()(model(x), y)
        loss.backward()
    """
    assert faults(look(text)) == []


@pytest.mark.parametrize("bases", ["nn.Module", "Base", "nn.Module, Mixin", "torch.nn.Module"])
def test_inherited_forward(bases: str) -> None:
    expect(
        IMPORTS
        + source(f"""
        class Mixin:
            pass
        class Base(nn.Module):
            def __init__(self):
                super().__init__()
                self.fc = nn.Linear(2, 2)
        class Mid({bases}):
            def forward(self, x):
                return self.out(x).softmax(1)  # <- softmax
        class Net(Mid):
            def __init__(self):
                super().__init__()
                self.out = nn.Linear(2, 2)
        F.cross_entropy(Net()(x), y).backward()
    """)
    )
