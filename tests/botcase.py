"""What the bot's tests share: a repository on the fake GitHub, scripts with bugs, and the bot at its desk."""

from __future__ import annotations

from functools import cache
from typing import Any

from fakehub.api import FakeHub
from fakehub.store import Pull

from fixer.bot.desk import Desk
from fixer.bot.github import Client
from fixer.bot.jobs import Job, run
from fixer.bot.pacing import LocalPacer

REPO = "octo/trainer"

CLEAN = """\
import torch
from torch import nn


def train(loader):
    model = nn.Linear(4, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(3):
        for inputs, targets in loader:
            optimizer.zero_grad()
            loss = criterion(model(inputs), targets)
            loss.backward()
            optimizer.step()
"""
BUGGY = CLEAN.replace("            optimizer.zero_grad()\n", "")
HOISTED = """\
import torch
from torch import nn


def train(loader):
    model = nn.Linear(4, 2)
    criterion = nn.CrossEntropyLoss()
    for epoch in range(3):
        for inputs, targets in loader:
            # plain steps
            optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
            optimizer.zero_grad()
            loss = criterion(model(inputs), targets)
            loss.backward()
            optimizer.step()
"""


@cache
def keys() -> tuple[str, str]:
    """An App's key and its public half (PEM)."""
    from cryptography.hazmat.primitives import serialization as serial
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(serial.Encoding.PEM, serial.PrivateFormat.TraditionalOpenSSL, serial.NoEncryption())
    public = key.public_key().public_bytes(serial.Encoding.PEM, serial.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def hub() -> FakeHub:
    """A fake GitHub with one repository: a clean script on main, and a maintainer."""
    made = FakeHub(keys()[1])
    repo = made.store.repo(REPO)
    repo.commit("main", {"train.py": CLEAN, "README.md": "# trainer\n"})
    repo.people |= {"maria": "admin", "wim": "write", "tess": "triage", "rob": "read"}
    return made


def opened(made: FakeHub, changes: dict[str, Any], branch: str = "topic", **more: Any) -> Pull:
    """A pull request with one commit."""
    repo = made.store.repos[more.get("head_repo", REPO)]
    repo.refs[branch] = made.store.repos[REPO].refs["main"]
    repo.commit(branch, changes)
    return made.store.pull(REPO, branch, **more)


def desk(made: FakeHub, **more: Any) -> Desk:
    """The bot as an App, without pauses between its writes."""
    token = made.token(login=f"{made.slug}[bot]")
    client = Client(
        lambda renew: token, "1", pacer=LocalPacer(0.0), transport=made.transport(), sleep=lambda seconds: None
    )
    options = {"web": f"https://github.com/{REPO}", "sleep": lambda seconds: None} | more
    return Desk(client, REPO, f"{made.slug}[bot]", **options)


def review(made: FakeHub, number: int = 1, **more: Any) -> str:
    """Review a pull request; the fake must have had nothing to object to."""
    found = run(desk(made, **more), Job("review", REPO, number, "a-delivery"))
    assert made.violations == []
    return found


def command(made: FakeHub, pull: Pull, text: str, login: str = "maria", **more: Any) -> str:
    """Somebody says something on a pull request, and the bot hears it."""
    said = made.comment(pull, login, text)
    place = f"/repos/{REPO}/issues/comments/{said['id']}"
    job = Job("command", REPO, pull.number, str(said["id"]), login=login, text=text, place=place, at=said["created_at"])
    found = run(desk(made, **more), job)
    assert made.violations == []
    return found


def reactions(made: FakeHub) -> list[str]:
    """The contents of the reactions, in order."""
    return [content for _, _, content, _ in made.store.reactions]


def replies(made: FakeHub) -> list[str]:
    """What the bot said in answer to commands."""
    return [one["body"] for one in made.store.comments if "<!-- fixer:reply" in one["body"]]
