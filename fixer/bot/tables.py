"""What the server remembers besides the queue, in the same database: deliveries, the newest heads, workers, pauses.

Every change is one statement, so any number of processes may make them at once. Times are seconds since the epoch.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

_META = sa.MetaData()
_JOBS = sa.Table(
    "fixer_jobs",
    _META,
    sa.Column("id", sa.String(200), primary_key=True),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("partition", sa.String(300), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False, index=True),
)
_PULLS = sa.Table(
    "fixer_pulls",
    _META,
    sa.Column("key", sa.String(300), primary_key=True),
    sa.Column("sha", sa.String(40), nullable=False),
    sa.Column("at", sa.Float, nullable=False),
)
_WORKERS = sa.Table(
    "fixer_workers",
    _META,
    sa.Column("id", sa.String(200), primary_key=True),
    sa.Column("seen", sa.Float, nullable=False),
)
_PACE = sa.Table(
    "fixer_pace",
    _META,
    sa.Column("who", sa.String(200), primary_key=True),
    sa.Column("next_at", sa.Float, nullable=False),
    sa.Column("blocked", sa.Float, nullable=False),
)

QUEUED, DONE, FAILED = "queued", "done", "failed"
KEPT = 14 * 86_400.0
"""Seconds for which a finished delivery is remembered; GitHub redelivers within three days."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A delivery that is known: how it stands, and which attempt it is at."""

    state: str
    attempt: int
    partition: str
    body: str


class Tables:
    """The tables of one database."""

    def __init__(self, url: str) -> None:
        sqlite = url.startswith("sqlite")
        self.engine = sa.create_engine(url, pool_pre_ping=not sqlite)
        self._greatest = "max" if sqlite else "greatest"
        if sqlite:
            sa.event.listen(self.engine, "connect", _sqlite)

    def create(self) -> None:
        """Make what is missing. Several processes may do so at once."""
        for number in range(5):
            try:
                _META.create_all(self.engine)
                return
            except (sa.exc.OperationalError, sa.exc.ProgrammingError, sa.exc.IntegrityError):
                if number == 4:
                    raise
                time.sleep(0.2)

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    # -- deliveries

    def remember(self, ident: str, partition: str, body: str, head: tuple[str, float] | None = None) -> bool:
        """Note a delivery. Returns whether it is a new one.

        ``head``: a head that it names, and when the pull request was changed (late news does not count).
        """
        with self.engine.begin() as db:
            if head is not None:
                db.execute(
                    sa.text(
                        "insert into fixer_pulls (key, sha, at) values (:k, :s, :at) on conflict (key) do update"
                        " set sha = excluded.sha, at = excluded.at where excluded.at >= fixer_pulls.at"
                    ),
                    {"k": partition, "s": head[0], "at": head[1]},
                )
            found = db.execute(
                sa.text(
                    "insert into fixer_jobs (id, state, attempt, partition, body, at)"
                    " values (:id, 'queued', 0, :p, :b, :at) on conflict (id) do nothing"
                ),
                {"id": ident, "p": partition, "b": body, "at": time.time()},
            )
            return found.rowcount == 1

    def job(self, ident: str) -> Kept | None:
        """A delivery that is known."""
        with self.engine.connect() as db:
            row = db.execute(sa.select(_JOBS).where(_JOBS.c.id == ident)).first()
        return None if row is None else Kept(row.state, row.attempt, row.partition, row.body)

    def settle(self, ident: str, state: str) -> None:
        """Note how a delivery ended."""
        with self.engine.begin() as db:
            db.execute(sa.update(_JOBS).where(_JOBS.c.id == ident).values(state=state, at=time.time()))

    def again(self, ident: str, attempt: int) -> bool:
        """Take a delivery up once more, as the attempt after ``attempt``. Returns whether it was this call's doing."""
        with self.engine.begin() as db:
            found = db.execute(
                sa.update(_JOBS)
                .where(_JOBS.c.id == ident, _JOBS.c.attempt == attempt)
                .values(state=QUEUED, attempt=attempt + 1, at=time.time())
            )
            return found.rowcount == 1

    def counts(self) -> dict[str, int]:
        """How many deliveries are in each state."""
        with self.engine.connect() as db:
            rows = db.execute(sa.select(_JOBS.c.state, sa.func.count()).group_by(_JOBS.c.state)).all()
        return {str(state): int(count) for state, count in rows}

    def unfinished(self, older: float) -> list[str]:
        """Deliveries that have waited for longer than ``older`` seconds."""
        with self.engine.connect() as db:
            rows = db.execute(
                sa.select(_JOBS.c.id).where(_JOBS.c.state == QUEUED, _JOBS.c.at < time.time() - older).limit(500)
            ).all()
        return [str(row.id) for row in rows]

    def forget(self) -> None:
        """Drop what has been finished for long."""
        with self.engine.begin() as db:
            db.execute(sa.delete(_JOBS).where(_JOBS.c.state != QUEUED, _JOBS.c.at < time.time() - KEPT))
            db.execute(sa.delete(_PULLS).where(_PULLS.c.at < time.time() - 10 * KEPT))

    # -- the newest head of each pull request (of a partition: its jobs share one)

    def newest(self, key: str) -> str | None:
        """The newest head that a webhook has named."""
        with self.engine.connect() as db:
            found = db.execute(sa.select(_PULLS.c.sha).where(_PULLS.c.key == key)).scalar()
        return None if found is None else str(found)

    # -- workers

    def beat(self, ident: str, at: float | None = None) -> None:
        """A worker lives (``at`` 0: it has stopped, and others may take over what it left)."""
        with self.engine.begin() as db:
            db.execute(
                sa.text(
                    "insert into fixer_workers (id, seen) values (:i, :at) on conflict (id) do update set seen = :at"
                ),
                {"i": ident, "at": time.time() if at is None else at},
            )

    def seen(self) -> dict[str, float]:
        """When each worker was last heard of."""
        with self.engine.connect() as db:
            return {str(row.id): float(row.seen) for row in db.execute(sa.select(_WORKERS)).all()}

    def claim(self, ident: str, seen: float) -> bool:
        """Be the one to take over from a worker last heard of at ``seen``; whoever dies at that can be followed."""
        with self.engine.begin() as db:
            found = db.execute(
                sa.update(_WORKERS)
                .where(_WORKERS.c.id == ident, _WORKERS.c.seen == seen)
                .values(seen=seen + 1e-3 if seen else 1e-3)
            )
            return found.rowcount == 1

    def bury(self, ident: str) -> None:
        """A worker's work has been taken over."""
        with self.engine.begin() as db:
            db.execute(sa.delete(_WORKERS).where(_WORKERS.c.id == ident))

    # -- pauses

    def reserve(self, who: str, interval: float) -> float:
        """The next place for a write: the seconds until then."""
        now = time.time()
        with self.engine.begin() as db:
            at = db.execute(
                sa.text(
                    "insert into fixer_pace (who, next_at, blocked) values (:w, :now, 0) on conflict (who) do update"
                    f" set next_at = {self._greatest}(:now, fixer_pace.next_at + :i, fixer_pace.blocked)"
                    " returning next_at"
                ),
                {"w": who, "now": now, "i": interval},
            ).scalar_one()
        return max(0.0, float(at) - now)

    def blocked(self, who: str) -> float:
        """The seconds until anything may be asked."""
        with self.engine.connect() as db:
            at = db.execute(sa.select(_PACE.c.blocked).where(_PACE.c.who == who)).scalar()
        return max(0.0, float(at or 0.0) - time.time())

    def block(self, who: str, seconds: float) -> None:
        """Nothing for so many seconds."""
        until = time.time() + seconds
        with self.engine.begin() as db:
            db.execute(
                sa.text(
                    "insert into fixer_pace (who, next_at, blocked) values (:w, 0, :u) on conflict (who) do update"
                    f" set blocked = {self._greatest}(fixer_pace.blocked, :u)"
                ),
                {"w": who, "u": until},
            )


class SharedPacer:
    """Pauses that all processes on one database keep together.

    ``guard`` is called before each write, and raises if this process must not make it.
    """

    def __init__(self, tables: Tables, interval: float, guard: Callable[[], None]) -> None:
        self._tables, self._interval, self._guard = tables, interval, guard

    def write(self, who: str) -> float:
        """Reserve the next place for a write."""
        self._guard()
        return self._tables.reserve(who, self._interval)

    def read(self, who: str) -> float:
        """The seconds until something may be read."""
        return self._tables.blocked(who)

    def block(self, who: str, seconds: float) -> None:
        """GitHub said to wait."""
        self._tables.block(who, seconds)


def _sqlite(connection: sqlite3.Connection, record: object) -> None:
    """Many processes on one file: readers do not wait for writers, and writers wait for one another."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA busy_timeout=30000")
    cursor.close()
