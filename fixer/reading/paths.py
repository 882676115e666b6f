"""Paths: an event tree unrolled into the sequences of events that control can pass through.

Each loop is walked twice (four times if it tests for every k-th iteration: no, yes, no, yes), each undecided test
both ways. Work is bounded: with more than ``MAX_PATHS`` paths, tests are held fixed over all iterations; with still
more, the answer is TooManyPaths and nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Callable

from fixer.protocol.events import Event, Kind, Parameters, Place
from fixer.reading.conditions import All, Any, Atom, Formula, Not, Test, atoms
from fixer.reading.source import Module
from fixer.reading.tree import Alloc, Block, Branch, Call, Emit, Exit, Loop, Node, emits
from fixer.reading.values import Ident
from fixer.record import field, mutable, replace

MAX_PATHS = 300
MAX_NESTED = 6
"""Loops in a loop, above which it is walked once: the inner ones are batches and epochs, and each doubles the work."""
MAX_EVENTS = 20_000
"""Events over all paths of one question."""


class TooManyPaths(Exception):
    """The tree has more paths than are walked."""


@mutable
class _Path:
    events: tuple[Event, ...] = ()
    decided: dict[Ident, bool] = field(default_factory=dict)
    made: dict[Ident, int] = field(default_factory=dict)
    exit: str = ""


def paths(tree: Block, wanted: Callable[[Emit], bool]) -> list[tuple[Event, ...]]:
    """All paths through the events that ``wanted`` picks. Raises TooManyPaths."""
    pruned = _prune(tree, wanted, _named(tree, wanted))
    for free in (True, False):
        try:
            return _Walker(free).run(pruned)
        except TooManyPaths:
            if not free:
                raise
    raise AssertionError("unreachable")


def _prune(block: Block, wanted: Callable[[Emit], bool], named: frozenset[Ident]) -> Block:
    """The tree without what does not matter: other events, objects nothing names, and branches that come to the same.

    Paths that end in an exception are left out: what is judged is the run that goes on.
    """
    kept: list[Node] = []
    for node in block.nodes:
        if isinstance(node, Emit):
            if wanted(node):
                kept.append(node)
        elif isinstance(node, Alloc):
            if node.ident in named:
                kept.append(node)
        elif isinstance(node, Exit):
            kept.append(node)
            break
        elif isinstance(node, Block):
            kept.extend(_prune(node, wanted, named).nodes)
        elif isinstance(node, Branch):
            then, other = _prune(node.then, wanted, named), _prune(node.other, wanted, named)
            if _fails(then):
                kept.extend(other.nodes)
            elif _fails(other):
                kept.extend(then.nodes)
            elif _unread(then) and _unread(other):
                # An unreadable call on one side keeps the answer open on every path through here.
                kept.extend([*then.nodes, *other.nodes])
            elif then.nodes or other.nodes:
                kept.append(Branch(node.test, then, other, node.choice))
        else:
            body = _prune(node.body, wanted, named)
            if any(isinstance(n, (Emit, Alloc)) for n in _flat(body)):
                kept.append(replace(node, body=body))
    return Block(kept)


def _unread(block: Block) -> bool:
    return all(isinstance(node, Emit) and node.kind is Kind.OPAQUE for node in block.nodes)


def _fails(block: Block) -> bool:
    return bool(block.nodes) and isinstance(block.nodes[-1], Exit) and block.nodes[-1].how == "raise"


def _named(tree: Block, wanted: Callable[[Emit], bool]) -> frozenset[Ident]:
    """The identities that the wanted events mention."""
    found: set[Ident] = set()
    for emit in emits(tree):
        if wanted(emit):
            found |= {emit.subject, *emit.parameters.owners, *(s.site for s in emit.uses)}
    return frozenset(found)


def _flat(block: Block) -> list[Node]:
    found: list[Node] = []
    for node in block.nodes:
        found.append(node)
        if isinstance(node, Branch):
            found += _flat(node.then) + _flat(node.other)
        elif isinstance(node, (Loop, Call)):
            found += _flat(node.body)
        elif isinstance(node, Block):
            found += _flat(node)
    return found


def _height(block: Block) -> int:
    """How many loops stand in each other in a block."""
    found = 0
    for node in block.nodes:
        if isinstance(node, Loop):
            found = max(found, 1 + _height(node.body))
        elif isinstance(node, Branch):
            found = max(found, _height(node.then), _height(node.other))
        elif isinstance(node, (Call, Block)):
            found = max(found, _height(node.body if isinstance(node, Call) else node))
    return found


class _Walker:
    def __init__(self, free: bool) -> None:
        self._free = free
        self._spent = 0
        self._stack: list[tuple[Ident, int, int]] = []
        self._places: dict[tuple[Module, int], Place] = {}
        self._heights: dict[int, int] = {}

    def run(self, tree: Block) -> list[tuple[Event, ...]]:
        return [p.events for p in self._block(tree, [_Path()]) if p.exit != "raise"]

    def _block(self, block: Block, live: list[_Path]) -> list[_Path]:
        done: list[_Path] = []
        for node in block.nodes:
            if not live:
                break
            after = self._node(node, live)
            live = [p for p in after if not p.exit]
            done += [p for p in after if p.exit]
            if len(live) + len(done) > MAX_PATHS:
                raise TooManyPaths
        return done + live

    def _node(self, node: Node, live: list[_Path]) -> list[_Path]:
        if isinstance(node, Emit):
            self._emit(node, live)
            return live
        if isinstance(node, Alloc):
            known: dict[int, tuple[dict[Ident, int], dict[Ident, int]]] = {}
            for path in live:
                if id(path.made) not in known:
                    known[id(path.made)] = path.made, _counted(path.made, node.ident)
                path.made = known[id(path.made)][1]
            return live
        if isinstance(node, Exit):
            for path in live:
                path.exit = node.how
            return live
        if isinstance(node, Branch):
            found: list[_Path] = []
            for path in live:
                for chosen, answer in self._decide(node.test, path):
                    found += self._block(node.then if answer else node.other, [chosen])
            if len(found) > MAX_PATHS:
                raise TooManyPaths
            return found
        if isinstance(node, Call):
            after = self._block(node.body, live)
            for path in after:
                if path.exit == "return":
                    path.exit = ""
            return after
        if isinstance(node, Loop):
            return self._loop(node, live)
        return self._block(node, live)

    def _loop(self, loop: Loop, live: list[_Path]) -> list[_Path]:
        rounds = 4 if _periodic(loop) else 2
        if loop.times is not None:
            rounds = min(rounds, loop.times)
        if self._nested(loop) > MAX_NESTED:
            rounds = 1
        done: list[_Path] = []
        for number in range(rounds):
            self._stack.append((loop.ident, number, rounds))
            after = self._block(loop.body, live)
            self._stack.pop()
            live = []
            for path in after:
                if path.exit in ("", "continue"):
                    path.exit = ""
                    live.append(path)
                else:
                    path.exit = "" if path.exit == "break" else path.exit
                    done.append(path)
        return done + live

    def _nested(self, loop: Loop) -> int:
        """How many loops stand in each other inside a loop."""
        if id(loop) not in self._heights:
            self._heights[id(loop)] = _height(loop.body)
        return self._heights[id(loop)]

    def _emit(self, emit: Emit, live: list[_Path]) -> None:
        # Paths on which the same objects have been made so far share the event, and what is made by then.
        known: dict[int, tuple[dict[Ident, int], dict[Ident, int], Event]] = {}
        self._spent += len(live)
        if self._spent > MAX_EVENTS:
            raise TooManyPaths
        for path in live:
            found = known.get(id(path.made))
            if found is None:
                made = _counted(path.made, emit.makes) if emit.makes is not None else path.made
                found = known[id(path.made)] = path.made, made, self._event(emit, made)
            path.made = found[1]
            path.events += (found[2],)

    def _event(self, emit: Emit, made: dict[Ident, int]) -> Event:
        makes = (emit.makes, made[emit.makes]) if emit.makes is not None else None
        uses: set[Ident] = set()
        for source in emit.uses:
            last = made.get(source.site, 0)
            uses.update((source.site, n) for n in (range(1, last + 1) if source.old else (last,)))
        owners = frozenset((o, made[o]) if o in made else o for o in emit.parameters.owners)
        subject = (emit.subject, made[emit.subject]) if emit.subject in made else emit.subject
        facts = {**emit.facts, "site": emit.subject, "emit": emit}
        if facts.get("optimizer") in made:
            facts["optimizer"] = (facts["optimizer"], made[facts["optimizer"]])
        key = (emit.module, id(emit.node))
        if key not in self._places:
            self._places[key] = emit.module.place(emit.node)
        return Event(
            emit.kind,
            self._places[key],
            subject,
            Parameters(owners, emit.parameters.exact),
            makes,
            frozenset(uses),
            tuple((ident, number) for ident, number, _ in self._stack),
            facts,
        )

    def _decide(self, test: Formula, path: _Path) -> list[tuple[_Path, bool]]:
        if isinstance(test, bool):
            return [(path, test)]
        if isinstance(test, Not):
            return [(p, not answer) for p, answer in self._decide(test.inner, path)]
        if isinstance(test, (All, Any)):
            stop = isinstance(test, Any)
            live, done = [path], []
            for part in test.parts:
                answers = [pair for p in live for pair in self._decide(part, p)]
                done += [(p, stop) for p, answer in answers if answer is stop]
                live = [p for p, answer in answers if answer is not stop]
            return done + [(p, not stop) for p in live]
        return self._atom(test, path)

    def _atom(self, atom: Atom, path: _Path) -> list[tuple[_Path, bool]]:
        rounds = {ident: (number, total) for ident, number, total in self._stack}
        here = [rounds[loop] for loop in atom.loops if loop in rounds]
        if atom.kind is not Test.PLAIN and here:
            number, total = here[-1]
            if atom.kind is Test.EVERY:
                # Walked as k = 2: the smallest window that has batches with and without a step.
                return [(path, (number + (1 if atom.phase is None else atom.phase)) % 2 == 0)]
            if atom.kind is Test.LAST:
                return [(path, number == total - 1)]
            if atom.kind is Test.FIRST:
                return [(path, number == 0)]
        when = tuple(entry[:2] for entry in self._stack if entry[0] in atom.loops) if self._free else ()
        key = (atom.key, when)
        if key in path.decided:
            return [(path, path.decided[key])]
        yes = _Path(path.events, {**path.decided, key: True}, path.made)
        no = _Path(path.events, {**path.decided, key: False}, path.made)
        return [(yes, True), (no, False)]


def _counted(made: dict[Ident, int], ident: Ident) -> dict[Ident, int]:
    """What has been made, with one more."""
    return {**made, ident: made.get(ident, 0) + 1}


def _periodic(loop: Loop) -> bool:
    """Whether the loop's body asks for every k-th (or the last) of its own iterations."""
    return any(
        atom.kind in (Test.EVERY, Test.LAST) and loop.ident in atom.loops
        for node in _flat(loop.body)
        if isinstance(node, Branch)
        for atom in atoms(node.test)
    )
