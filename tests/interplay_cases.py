"""Right training functions with the places where each rule's bug can be planted.

A script of the matrix is ``HEAD`` followed by one or two of ``LOOPS`` with their bugs. Each function has the name of
its loop and returns what must come out the same after a repair: tensors by name.
"""

from __future__ import annotations

HEAD = """\
from copy import deepcopy

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset, TensorDataset

EPOCHS = 2
device = torch.device("cpu")
"""

CLASSES = """\
class Gate(nn.Module):
    def __init__(self):
        super().__init__()
        self.scores = nn.Linear(6, 6)

    def forward(self, x):
        return torch.softmax(self.scores(x), dim=-1)


class Mixed(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Linear(4, 6)
        self.gate = Gate()
        self.layers = nn.ModuleList([nn.Linear(6, 6) for _ in range(2)])
        self.drop = nn.Dropout(0.1)
        self.out = nn.Linear(6, 2)

    def forward(self, x):
        x = torch.tanh(self.stem(x))
        x = x * self.gate(x)
        x = F.dropout(x, 0.2, training=self.training)
        for layer in self.layers:
            x = torch.relu(layer(x))
        x = F.dropout(x, 0.3, training=self.training)
        return self.out(self.drop(x))


def classes():
    torch.manual_seed(0)
    rows = torch.cat([torch.randn(16, 4) - 0.5, torch.randn(16, 4) + 0.5])
    kinds = torch.cat([torch.zeros(16), torch.ones(16)]).long()
    loader = DataLoader(TensorDataset(rows, kinds), batch_size=8, shuffle=True)
    held_out = DataLoader(TensorDataset(torch.randn(12, 4), torch.arange(12) % 2), batch_size=6)
    model = Mixed()
    model.stem.requires_grad_(False)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=EPOCHS)
    best, top, means = None, -1, []
    for epoch in range(EPOCHS):
        model.train()
        total = 0.0
        for inputs, targets in loader:
            inputs = inputs.to(device)
            optimizer.zero_grad()
            outputs = model(inputs)
            loss = criterion(outputs, targets)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            optimizer.step()
            total += loss.item()
        scheduler.step()
        model.eval()
        right = 0
        with torch.no_grad():
            for inputs, targets in held_out:
                right += (model(inputs).argmax(1) == targets).sum().item()
        if right > top:
            top = right
            best = deepcopy(model.state_dict())
        means.append(float(total / len(loader)))
        print(epoch, means[-1], right)
    best = {f"best {key}": value for key, value in best.items()}
    return {**model.state_dict(), **best, "means": torch.tensor(means)}
"""

PARTS = """\
class Deep(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(5, 10), nn.Tanh(), nn.Linear(10, 2))

    def forward(self, x):
        return self.layers(x)


def parts(accumulate=3):
    torch.manual_seed(1)
    x = torch.randn(64, 5)
    y = (x[:, 0] * x[:, 1] > 0).long()
    loader = DataLoader(TensorDataset(x, y), batch_size=8)
    model = Deep()
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.2, momentum=0.5)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=EPOCHS // 2, gamma=0.5)
    scaler = torch.amp.GradScaler("cpu", init_scale=64.0)
    for epoch in range(EPOCHS):
        total = 0.0
        for i, (inputs, labels) in enumerate(loader):
            labels = labels.to(device)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                loss = criterion(model(inputs), labels)
            scaler.scale(loss / accumulate).backward()
            total += loss.item()
            if (i + 1) % accumulate == 0 or i + 1 == len(loader):
                scaler.unscale_(optimizer)
                nn.utils.clip_grad_norm_(model.parameters(), 0.5)
                scaler.step(optimizer)
                scaler.update()
                optimizer.zero_grad()
        scheduler.step()
        print(epoch, total)
    return model.state_dict()
"""

PRICES = """\
class Price(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(3, 8)
        self.price = nn.Linear(8, 1)

    def forward(self, x):
        return self.price(torch.tanh(self.hidden(x)))


def prices(size=10):
    torch.manual_seed(2)
    x = torch.randn(40, 3)
    y = x.sum(dim=1)
    model = Price()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    curve = []
    for epoch in range(EPOCHS):
        for i in range(0, len(x), size):
            optimizer.zero_grad()
            predicted = model(x[i:i + size])
            loss = F.mse_loss(predicted, y[i:i + size].unsqueeze(1))
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            optimizer.step()
            curve.append(loss.item())
    print(curve[-1])
    return model.state_dict()
"""

ANSWERS = """\
class Answer(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(4, 8)
        self.out = nn.Linear(8, 1)

    def forward(self, x):
        return self.out(torch.relu(self.hidden(x)))


def answers():
    torch.manual_seed(3)
    x = torch.randn(32, 4)
    y = (x[:, :1] > 0).float()
    loader = DataLoader(TensorDataset(x, y), batch_size=8, shuffle=True)
    model = Answer()
    criterion = nn.BCEWithLogitsLoss()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    total = 0.0
    batches = iter(loader)
    for step in range(12):
        batch = next(batches, None)
        if batch is None:
            batches = iter(loader)
            batch = next(batches)
        inputs, labels = batch
        optimizer.zero_grad()
        outputs = model(inputs)
        loss = criterion(outputs, labels)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        total += loss.item()
    print(total)
    return model.state_dict()
"""

NOISE = """\
class Noisy(Dataset):
    def __init__(self):
        self.rows = torch.randn(36, 4)
        self.dice = np.random.default_rng(5)

    def __len__(self):
        return 36

    def __getitem__(self, index):
        shift = self.dice.normal(0.0, 0.1)
        return self.rows[index] + shift, int(self.rows[index].argmax() % 3)


class Likely(nn.Module):
    def __init__(self):
        super().__init__()
        self.out = nn.Linear(4, 3)

    def forward(self, x):
        return torch.log_softmax(self.out(x), dim=1)


def seeded(worker):
    data = torch.utils.data.get_worker_info().dataset
    data.dice = np.random.default_rng(torch.initial_seed() % 2**32)


def noise():
    torch.manual_seed(4)
    data = Noisy()
    loader = DataLoader(data, batch_size=6, shuffle=True, num_workers=2, worker_init_fn=seeded)
    model = Likely()
    criterion = nn.NLLLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for epoch in range(EPOCHS):
        total = 0.0
        for inputs, labels in loader:
            inputs = inputs.to(device)
            optimizer.zero_grad()
            loss = criterion(model(inputs), labels)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            optimizer.step()
            total += loss.item()
        print(epoch, total)
    return model.state_dict()
"""

SHARDS = """\
def shards():
    from torch.utils.data import DistributedSampler

    torch.manual_seed(5)
    x = torch.randn(48, 4)
    data = TensorDataset(x, (x[:, 0] > 0).long())
    sampler = DistributedSampler(data, num_replicas=2, rank=0)
    loader = DataLoader(data, batch_size=8, sampler=sampler)
    model = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 2))
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    for epoch in range(EPOCHS):
        sampler.set_epoch(epoch)
        total = 0.0
        for inputs, labels in loader:
            inputs = inputs.to(device)
            optimizer.zero_grad()
            loss = criterion(model(inputs), labels)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            optimizer.step()
            total += loss.item()
        print(epoch, total)
    return model.state_dict()
"""

STATES = """\
class Memory(nn.Module):
    def __init__(self):
        super().__init__()
        self.mix = nn.Linear(2, 6)
        self.keep = nn.Linear(6, 6)
        self.read = nn.Linear(6, 2)

    def forward(self, x, state):
        state = torch.tanh(self.mix(x) + self.keep(state))
        return self.read(state), state


def states():
    torch.manual_seed(6)
    wave = torch.randn(12, 3, 2)
    model = Memory()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for epoch in range(EPOCHS):
        total = 0.0
        state = torch.zeros(3, 6)
        for i in range(11):
            state = state.detach()
            optimizer.zero_grad()
            outputs, state = model(wave[i], state)
            loss = F.mse_loss(outputs, wave[i + 1])
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            optimizer.step()
            total += loss.item()
        print(epoch, total)
    return model.state_dict()
"""

PREPARED = """\
def prepared():
    from accelerate import Accelerator

    accelerator = Accelerator(cpu=True)
    torch.manual_seed(7)
    x = torch.randn(32, 5)
    loader = DataLoader(TensorDataset(x, (x[:, 0] > 0).long()), batch_size=8)
    model = nn.Linear(5, 2)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    for epoch in range(EPOCHS):
        total = 0.0
        for inputs, labels in loader:
            optimizer.zero_grad()
            loss = criterion(model(inputs), labels)
            accelerator.backward(loss)
            optimizer.step()
            total += loss.item()
        print(epoch, total)
    return model.state_dict()
"""

LOOPS = {
    "classes": CLASSES,
    "parts": PARTS,
    "prices": PRICES,
    "answers": ANSWERS,
    "noise": NOISE,
    "shards": SHARDS,
    "states": STATES,
    "prepared": PREPARED,
    # Once more, for two bugs that only these loops can hold and that exclude each other in one loop.
    "classes_again": CLASSES.replace("Mixed", "Blend").replace("Gate", "Door").replace("classes()", "classes_again()"),
    "parts_again": PARTS.replace("Deep", "Deeper").replace("def parts(", "def parts_again("),
}
