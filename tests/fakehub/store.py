"""What the fake GitHub holds: repositories with commits, pull requests, comments, checks."""

from __future__ import annotations

import gzip
import hashlib
import io
import itertools
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# Found once: some tests take PATH away.
GIT = shutil.which("git") or "git"

Tree = dict[str, bytes]


def sha_of(*parts: object) -> str:
    return hashlib.sha1(repr(parts).encode()).hexdigest()


def blob_sha(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


@dataclass
class Commit:
    sha: str
    tree: Tree
    parents: tuple[str, ...]
    message: str

    @property
    def tree_sha(self) -> str:
        return sha_of(sorted((path, blob_sha(content)) for path, content in self.tree.items()))


@dataclass
class Repo:
    """``commits`` is shared with forks, as GitHub shares objects; ``refs`` are branches."""

    name: str
    id: int
    commits: dict[str, Commit]
    refs: dict[str, str] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    fork_of: str | None = None
    archives: dict[str, bytes] = field(default_factory=dict)

    def commit(self, branch: str, changes: dict[str, bytes | str | None], message: str = "a change") -> str:
        """Commit on a branch (None deletes a file); the branch begins at nothing if there is none."""
        parent = self.refs.get(branch)
        tree = dict(self.commits[parent].tree) if parent else {}
        for path, content in changes.items():
            if content is None:
                tree.pop(path, None)
            else:
                tree[path] = content.encode() if isinstance(content, str) else content
        sha = sha_of(self.name, branch, parent, sorted(tree.items()), message, len(self.commits))
        self.commits[sha] = Commit(sha, tree, (parent,) if parent else (), message)
        self.refs[branch] = sha
        return sha

    def ancestors(self, sha: str) -> list[str]:
        found, todo = [], [sha]
        while todo:
            one = todo.pop(0)
            if one not in found:
                found.append(one)
                todo += self.commits[one].parents
        return found

    def archive(self, sha: str) -> bytes:
        """The tarball, as GitHub makes it: one folder, and the commit in a global header."""
        if sha in self.archives:
            return self.archives[sha]
        raw = io.BytesIO()
        folder = f"{self.name.replace('/', '-')}-{sha[:7]}"
        with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT, pax_headers={"comment": sha}) as tar:
            for path, content in sorted(self.commits[sha].tree.items()):
                member = tarfile.TarInfo(f"{folder}/{path}")
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))
        return gzip.compress(raw.getvalue(), 1)


@dataclass
class Pull:
    repo: Repo
    number: int
    head_repo: Repo | None
    head_ref: str
    base_ref: str
    author: str = "contributor"
    author_type: str = "User"
    draft: bool = False
    editable: bool = False
    state: str = "open"
    commits_seen: list[str] = field(default_factory=list)
    last: str = ""

    @property
    def head(self) -> str:
        if self.head_repo is not None and self.head_ref in self.head_repo.refs:
            self.last = self.head_repo.refs[self.head_ref]
        return self.last

    @property
    def base(self) -> str:
        return self.repo.refs[self.base_ref]

    @property
    def merge_base(self) -> str:
        ours = set(self.repo.ancestors(self.base))
        return next(sha for sha in self.repo.ancestors(self.head) if sha in ours)

    def files(self) -> list[dict[str, Any]]:
        old, new = self.repo.commits[self.merge_base].tree, self.repo.commits[self.head].tree
        return changed(old, new)


def changed(old: Tree, new: Tree) -> list[dict[str, Any]]:
    gone = {path for path in old if path not in new}
    out = []
    for path in sorted({*old, *new}):
        before, after = old.get(path), new.get(path)
        if before == after or (after is None and path not in gone):
            continue
        previous = None
        if before is None and after is not None:
            previous = next((one for one in sorted(gone) if _alike(old[one], after)), None)
            if previous is not None:
                gone.discard(previous)
                before = old[previous]
        out.append(_file(path, previous, before, after))
    renamed = {one["previous_filename"] for one in out if one.get("previous_filename")}
    return [one for one in out if not (one["status"] == "removed" and one["filename"] in renamed)]


def _alike(old: bytes, new: bytes) -> bool:
    if old == new:
        return True
    if max(len(old), len(new)) > 20_000 or min(len(old), len(new)) < 30:
        return False
    lines = Counter(old.splitlines()), Counter(new.splitlines())
    return 2 * (lines[0] & lines[1]).total() > lines[0].total() / 2 + lines[1].total() / 2


def _file(path: str, previous: str | None, before: bytes | None, after: bytes | None) -> dict[str, Any]:
    status = "added" if before is None else "removed" if after is None else "renamed" if previous else "modified"
    one: dict[str, Any] = {
        "sha": blob_sha(after or before or b""),
        "filename": path,
        "status": status,
        "additions": 0,
        "deletions": 0,
        "changes": 0,
        "blob_url": f"https://github.com/o/r/blob/x/{path}",
        "raw_url": f"https://github.com/o/r/raw/x/{path}",
        "contents_url": f"https://api.github.com/repos/o/r/contents/{path}",
    }
    if previous:
        one["previous_filename"] = previous
    patch = patch_of(before or b"", after or b"")
    if patch:
        one["patch"] = patch
    return one


def patch_of(before: bytes, after: bytes) -> str | None:
    """A unified diff as GitHub shows it, made by git: none for binaries, none for what is too large."""
    if before == after or b"\0" in before + after or max(len(before), len(after)) > 1 << 20:
        return None
    with tempfile.TemporaryDirectory() as folder:
        for name, content in (("a", before), ("b", after)):
            Path(folder, name).write_bytes(content)
        plain = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_DIR": os.devnull}
        command = [GIT, "diff", "--no-index", "--text", "--no-color", "--no-ext-diff", "a", "b"]
        made = subprocess.run(command, cwd=folder, env=plain, capture_output=True)
    assert made.returncode == 1, made.stderr
    head, mark, hunks = made.stdout.decode("utf-8", "replace").partition("\n@@ ")
    return mark.lstrip("\n") + hunks.removesuffix("\n")


@dataclass
class Store:
    """Everything. ``now`` is the fake's clock in seconds."""

    repos: dict[str, Repo] = field(default_factory=dict)
    pulls: dict[tuple[str, int], Pull] = field(default_factory=dict)
    comments: list[dict[str, Any]] = field(default_factory=list)
    review_comments: list[dict[str, Any]] = field(default_factory=list)
    reviews: list[dict[str, Any]] = field(default_factory=list)
    checks: list[dict[str, Any]] = field(default_factory=list)
    reactions: list[tuple[str, int, str, str]] = field(default_factory=list)
    resolved: set[int] = field(default_factory=set)
    blobs: dict[str, bytes] = field(default_factory=dict)
    trees: dict[str, Tree] = field(default_factory=dict)
    sarifs: list[dict[str, Any]] = field(default_factory=list)
    tokens: dict[str, dict[str, Any]] = field(default_factory=dict)
    deliveries: list[dict[str, Any]] = field(default_factory=list)
    ids: Any = field(default_factory=lambda: itertools.count(3_000_000_000))

    def repo(self, name: str, fork_of: str | None = None) -> Repo:
        shared = self.repos[fork_of].commits if fork_of else {}
        one = Repo(name, next(self.ids), shared, fork_of=fork_of)
        if fork_of:
            one.refs = dict(self.repos[fork_of].refs)
        self.repos[name] = one
        return one

    def pull(self, repo: str, head: str, head_repo: str | None = None, base: str = "main", **more: Any) -> Pull:
        where = self.repos[repo]
        number = 1 + sum(one == repo for one, _ in self.pulls)
        one = Pull(where, number, self.repos[head_repo or repo], head, base, **more)
        one.last = one.head
        self.pulls[repo, number] = one
        return one
