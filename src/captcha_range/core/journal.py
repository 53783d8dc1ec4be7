"""The journal: what happened, in the past tense, never changed afterwards.

An entry is written in the transaction of the change that it tells of, so the two cannot disagree.
It holds no secret and no token: a token appears as the start of its digest.
"""

import sqlite3
from typing import Any

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
    return [
        Entry(row["number"], row["at"], row["event"], row["subject"], msgspec.json.decode(row["facts"])) for row in rows
    ]


def latest(connection: sqlite3.Connection) -> Entry | None:
    """The last entry, if there is any."""
    number = connection.execute("SELECT max(number) FROM journal").fetchone()[0]
    return None if number is None else entries(connection, number - 1, 1)[0]
