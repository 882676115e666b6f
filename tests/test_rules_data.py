"""Rules about data, shapes and loaders, on shapes of code that need libraries which the golden cases cannot run."""

from __future__ import annotations

import textwrap

import pytest

from fixer import engine

_TRAIN = """
    for epoch in range(5):
        for x, y in loader:
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
"""
_HEAD = """
    import torch
    import torchvision
    from torch import nn
    from torch.utils.data import DataLoader
    model = nn.Sequential(nn.Flatten(), nn.Linear(784, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
"""


def found(text: str, rule: str) -> list[int]:
    checked = engine.check(textwrap.dedent(text), "script.py")
    assert {f.rule for f in checked.findings} <= {rule}
    return [f.line for f in checked.findings]


@pytest.mark.parametrize(
    "made",
    [
        "data = torchvision.datasets.MNIST('.', train=True)",
        "data = torchvision.datasets.CIFAR10(root='.', transform=torchvision.transforms.ToTensor())",
        "data = torchvision.datasets.ImageFolder('train')",
    ],
)
def test_labelled_pictures_are_shuffled(made: str) -> None:
    script = _HEAD + f"    {made}\n    loader = DataLoader(data, 64)\n" + _TRAIN
    assert found(script, "train-loader-not-shuffled") == [9]


@pytest.mark.parametrize(
    "made",
    [
        "data = torchvision.datasets.MNIST('.')\n    loader = DataLoader(data, 64, shuffle=True)",
        "data = torchvision.datasets.MNIST('.')\n    loader = DataLoader(data, 64, shuffle=False)",
        "data = torchvision.datasets.MNIST('.')\n    loader = DataLoader(data, len(data))",
        "data = torchvision.datasets.MNIST('.')\n    loader = DataLoader(torch.utils.data.Subset(data, range(99)), 64)",
        "data = torchvision.datasets.MovingMNIST('.')\n    loader = DataLoader(data, 64)",
    ],
)
def test_order_that_is_chosen_stays(made: str) -> None:
    assert found(_HEAD + f"    {made}\n" + _TRAIN, "train-loader-not-shuffled") == []


_REGRESSION = """
    import numpy as np
    import pandas as pd
    import torch
    from sklearn.datasets import fetch_california_housing, make_regression
    from sklearn.model_selection import train_test_split
    from sklearn.preprocessing import StandardScaler
    from torch import nn
    from torch.utils.data import DataLoader, Dataset, TensorDataset, random_split

    class Rows(Dataset):
        def __init__(self, x, y):
            self.x, self.y = x, y

        def __getitem__(self, n):
            return {"x": self.x[n], "y": self.y[n]}

    def train(loader, columns):
        model = nn.Sequential(nn.Linear(columns, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 1))
        optimizer = torch.optim.Adam(model.parameters())
        for x, y in loader:
            optimizer.zero_grad()
            loss = nn.functional.mse_loss(model(x), y)
            loss.backward()
            optimizer.step()

    def tensors(x, y):
        return torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)

    table = pd.read_csv("houses.csv").dropna()
"""


@pytest.mark.parametrize(
    "data",
    [
        "TensorDataset(*tensors(table.drop(columns=['price']).values, table['price'].values))",
        "TensorDataset(*tensors(table[['rooms', 'area']].to_numpy(), table.pop('price').to_numpy()))",
        "TensorDataset(*tensors(table.iloc[:, :-1].values, table.iloc[:, -1].values))",
        "TensorDataset(*tensors(*fetch_california_housing(return_X_y=True)))",
        "TensorDataset(*tensors(StandardScaler().fit_transform(make_regression(99)[0]), make_regression(99)[1]))",
        "random_split(TensorDataset(torch.randn(9, 4), torch.randn(9)), [6, 3])[0]",
        "list(zip(torch.randn(9, 4), torch.randn(9)))",
    ],
)
def test_outputs_in_a_column_against_labels_in_a_row(data: str) -> None:
    script = _REGRESSION + f"    data = {data}\n    train(DataLoader(data, 16, shuffle=True), 4)\n"
    assert found(script, "regression-broadcast") == [23]


@pytest.mark.parametrize(
    "data",
    [
        "TensorDataset(*tensors(table.drop(columns=['price']).values, table[['price']].values))",
        "TensorDataset(*tensors(table.drop(columns=['price']).values, table['price'].values.reshape(-1, 1)))",
        "TensorDataset(*tensors(table.drop(columns=['price']).values, table['price'].to_frame().values))",
        "TensorDataset(*tensors(table.drop(columns=['price']).values, np.asarray(table['price'])[:, None]))",
        "TensorDataset(*tensors(make_regression(99)[0], make_regression(99, n_targets=2)[1]))",
        "random_split(TensorDataset(torch.randn(9, 4), torch.randn(9, 1)), [6, 3])[0]",
        "TensorDataset(*tensors(table, table.price))",
        "Rows(torch.randn(9, 4), torch.randn(9))",
    ],
)
def test_labels_in_a_column_or_of_unknown_shape(data: str) -> None:
    script = _REGRESSION + f"    data = {data}\n    train(DataLoader(data, 16, shuffle=True), 4)\n"
    assert found(script, "regression-broadcast") == []


def test_shapes_of_batches_that_are_dicts() -> None:
    script = _REGRESSION + (
        "    model = nn.Linear(4, 1)\n"
        "    optimizer = torch.optim.Adam(model.parameters())\n"
        "    for batch in DataLoader(Rows(torch.randn(9, 4), torch.randn(9)), 3, shuffle=True):\n"
        "        optimizer.zero_grad()\n"
        "        diff = model(batch['x']) - batch['y']\n"
        "        diff.pow(2).mean().backward()\n"
        "        optimizer.step()\n"
    )
    assert found(script, "regression-broadcast") == [35]
    assert found(script.replace("batch['y']", "batch['y'][:, None]"), "regression-broadcast") == []


@pytest.mark.parametrize(
    ("last", "line"),
    [
        ("nn.LogSoftmax(dim=0)", [3]),
        ("nn.LogSoftmax(dim=1)", []),
        ("nn.LogSoftmax(dim=-1)", []),
    ],
)
def test_logarithm_of_a_softmax(last: str, line: list[int]) -> None:
    script = f"""
    import torch
    model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.{last})
    optimizer = torch.optim.Adam(model.parameters())
    data = torch.utils.data.TensorDataset(torch.randn(9, 4), torch.zeros(9).long())
    for x, y in torch.utils.data.DataLoader(data, 3, shuffle=True):
        optimizer.zero_grad()
        torch.nn.functional.nll_loss(model(x), y).backward()
        optimizer.step()
    """
    assert found(script, "softmax-wrong-dim") == line


@pytest.mark.parametrize(
    ("forward", "line"),
    [
        ("x = F.max_pool2d(self.c(x), 2).flatten(1)\n            return F.log_softmax(self.f(x), dim=0)", [12]),
        (
            "x = torch.flatten(self.c(x), 1)\n            out = F.softmax(self.f(x), dim=0)\n            return out",
            [12],
        ),
        ("x = torch.flatten(self.c(x), 1)\n            return F.log_softmax(self.f(x), dim=1)", []),
        ("x = self.c(x)\n            return F.log_softmax(x, dim=1).mean((2, 3))", []),
        ("w = F.softmax(self.f(x.flatten(1)), dim=0)\n            return (w * x.flatten(1)).sum(0)", []),
    ],
)
def test_softmax_behind_convolutions_of_a_batch(forward: str, line: list[int]) -> None:
    script = f"""
    import torch, torchvision
    import torch.nn.functional as F
    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.c = torch.nn.Conv2d(1, 8, 3)
            self.f = torch.nn.Linear(1352, 10)

        def forward(self, x):
            {forward}
    model = Net()
    optimizer = torch.optim.Adam(model.parameters())
    data = torchvision.datasets.MNIST(".", transform=torchvision.transforms.ToTensor())
    for picture, digit in torch.utils.data.DataLoader(data, 64, shuffle=True):
        optimizer.zero_grad()
        F.nll_loss(model(picture.cuda()), digit.cuda()).backward()
        optimizer.step()
    """
    assert found(script, "softmax-wrong-dim") == line
