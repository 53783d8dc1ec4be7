"""The journal: what happened, in the past tense, never changed afterwards.

An entry is written in the transaction of the change that it tells of, so the two cannot disagree.
It holds no secret and no token: a token appears as the start of its digest.
"""

import sqlite3
from typing import Any, NamedTuple

import msgspec

_INSERT = "INSERT INTO journal (at, event, subject, facts) VALUES (?, ?, ?, ?)"
_encode = msgspec.json.Encoder().encode


class Entry(msgspec.Struct, frozen=True):
    """One line of the journal; `number` rises by time of writing, `at` is Unix time in seconds."""

    number: int
    at: float
    event: str
    subject: str
    facts: dict[str, Any]


def append(connection: sqlite3.Connection, at: float, event: str, subject: str, facts: object) -> None:
    """Add one entry. `event` is a past-tense name such as TokenVerified; `facts` must encode to a JSON object."""
    connection.execute(_INSERT, (at, event, subject, _encode(facts).decode()))


def entries(connection: sqlite3.Connection, after: int = 0, limit: int = 100, trace: str | None = None) -> list[Entry]:
    """The entries after a number, oldest first; `trace` wants those of one trace only."""
    query = "SELECT * FROM journal WHERE number > :after"
    if trace is not None:
        query += " AND json_extract(facts, '$.trace') = :trace"
    rows = connection.execute(f"{query} ORDER BY number LIMIT :limit", {"after": after, "limit": limit, "trace": trace})
    return [_entry(row) for row in rows]


def latest(connection: sqlite3.Connection) -> Entry | None:
    """The last entry, if there is any."""
    number = connection.execute("SELECT max(number) FROM journal").fetchone()[0]
    return None if number is None else entries(connection, number - 1, 1)[0]


def end(connection: sqlite3.Connection) -> int:
    """The last entry's number; 0 while there is none."""
    return int(connection.execute("SELECT coalesce(max(number), 0) FROM journal").fetchone()[0])


_BY_FACT = ("call", "code", "scenario", "trace")


class Filter(NamedTuple):
    """Which entries are wanted; None wants all. All but `event` look at the facts."""

    event: str | None = None
    call: str | None = None
    code: str | None = None
    scenario: str | None = None
    trace: str | None = None
    sitekeys: tuple[str, ...] | None = None

    def clause(self) -> tuple[str, list[str]]:
        """The SQL condition, and its values."""
        terms = [("event", self.event)]
        terms += [(f"json_extract(facts, '$.{name}')", getattr(self, name)) for name in _BY_FACT]
        wanted = [(term, value) for term, value in terms if value is not None]
        conditions = [f"{term} = ?" for term, _ in wanted]
        if self.sitekeys is not None:
            conditions.append(f"json_extract(facts, '$.sitekey') IN ({','.join('?' * len(self.sitekeys))})")
        return " AND ".join(conditions) or "1", [value for _, value in wanted] + list(self.sitekeys or ())


SCANNED = 5_000
"""Entries that one look-up reads at most: it runs in the event loop's thread."""


def search(connection: sqlite3.Connection, wanted: Filter, after: int, limit: int) -> tuple[list[Entry], int]:
    """The wanted entries after a number, oldest first, and the number after which to go on.

    It may find fewer than `limit`, or none, before the journal's end: go on until the number stands still.
    """
    condition, values = wanted.clause()
    query = f"""
        SELECT * FROM (SELECT * FROM journal WHERE number > ? ORDER BY number LIMIT {SCANNED})
        WHERE {condition} ORDER BY number LIMIT ?
    """  # noqa: S608 - the condition is made of our own names
    found = [_entry(row) for row in connection.execute(query, (after, *values, limit))]
    if len(found) == limit and found:
        return found, found[-1].number
    last = connection.execute("SELECT max(number) FROM journal WHERE number <= ?", (after + SCANNED,)).fetchone()[0]
    return found, max(after, last or 0)


def _entry(row: sqlite3.Row) -> Entry:
    return Entry(row["number"], row["at"], row["event"], row["subject"], msgspec.json.decode(row["facts"]))
