"""Idempotency keys: the first order under a key makes the task, every later one gets the first one's answer."""

import re
import sqlite3

from captcha_range.core.clock import Clock
from captcha_range.core.errors import RangeError
from captcha_range.core.sqlite import Database
from captcha_range.solver.errors import FieldInvalid
from captcha_range.solver.terms import Once

KEPT = 86_400.0
"""Seconds for which a key is remembered at least."""

_KEY = re.compile(r"[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?")


class IdempotencyMismatch(RangeError):
    """Idempotency-Key: was used before with another body; use a new key for a new order."""

    code = "idempotency_mismatch"


class Replayed(RangeError):
    """The order came before under its key; `answer` is what the first one got."""

    code = "replayed"

    def __init__(self, answer: bytes) -> None:
        super().__init__()
        self.answer = answer


class Idempotency:
    """Looks keys up before anything is checked, and forgets the old ones."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def require_new(self, account: str, once: Once) -> None:
        """Replayed if the same order came before, IdempotencyMismatch if another one did."""
        self._database.read(lambda connection: require_new(connection, account, once))


def parse_key(header: str | None) -> str | None:
    """The key in an Idempotency-Key header: 1 … 255 printable ASCII characters. FieldInvalid."""
    if header is not None and not _KEY.fullmatch(header):
        raise FieldInvalid("Idempotency-Key: must be 1 … 255 printable ASCII characters")
    return header


def require_new(connection: sqlite3.Connection, account: str, once: Once) -> None:
    """Replayed if the same order came before under the key, IdempotencyMismatch if another one did."""
    query = "SELECT fingerprint, answer FROM idempotency WHERE account = ? AND idempotency_key = ?"
    row = connection.execute(query, (account, once.key)).fetchone()
    if row is None:
        return
    if bytes(row["fingerprint"]) != once.fingerprint:
        raise IdempotencyMismatch
    raise Replayed(bytes(row["answer"]))


def keep(connection: sqlite3.Connection, account: str, once: Once, task: str, answer: bytes, now: float) -> None:
    """Remember a key, in the transaction that stores its task."""
    values = (account, once.key, once.fingerprint, task, answer, now)
    connection.execute("INSERT INTO idempotency VALUES (?, ?, ?, ?, ?, ?)", values)


def forget(connection: sqlite3.Connection, now: float, limit: int) -> int:
    """Drop up to `limit` keys that are older than `KEPT`; how many there were."""
    chosen = "SELECT account, idempotency_key FROM idempotency WHERE created_at <= ? LIMIT ?"
    delete = f"DELETE FROM idempotency WHERE (account, idempotency_key) IN ({chosen})"  # noqa: S608
    return connection.execute(delete, (now - KEPT, limit)).rowcount
