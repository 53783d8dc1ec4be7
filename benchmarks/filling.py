"""Fills stores with what a long life leaves in them: tokens, tasks and journal entries of the last day."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec

from captcha_range.core.clock import SystemClock
from captcha_range.solver.orders import Solution, TokenOrder

_INTO_TASKS = """
INSERT INTO tasks (task, account, token_order, state, attempt, created_at, changed_at, deadline, finished_at, solution)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows)
SELECT printf('00000000-0000-4000-8000-%012d', i), :account, :token_order, iif(i % :share = 0, 'queued', 'ready'), 1,
       :now, :now, :now + 300, iif(i % :share = 0, NULL, :now), iif(i % :share = 0, NULL, :solution)
FROM n"""
_INTO_ENDED = """
INSERT INTO journal (at, event, subject, facts)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2 * :rows)
SELECT :now, iif(i % 2, 'TaskCreated', 'TaskFinished'), printf('00000000-0000-4000-8000-%012d', (i + 1) / 2), '{}'
FROM n"""
_INTO_TOKENS = """
INSERT INTO tokens (digest, sitekey, hostname, passage, issued_at, used_at, claim)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows)
SELECT randomblob(32), :sitekey, 'shop.localhost', '{}', :now, :now, printf('%036d', i) FROM n"""
_INTO_VERIFIED = """
INSERT INTO journal (at, event, subject, facts)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows)
SELECT :now, 'TokenVerified', printf('%016x', i), '{}' FROM n"""
_SOLUTION = msgspec.json.encode(Solution("P1_" + "t" * 1_597, "E0_" + "k" * 397, "agent")).decode()


def fill_provider(data: Path, rows: int, site: str) -> None:
    """So many used tokens of a site, and as many journal entries, into `provider.sqlite`."""
    _execute(data / "provider.sqlite", (_INTO_TOKENS, _INTO_VERIFIED), {"rows": rows, "sitekey": site})


def fill_solver(data: Path, rows: int, site: str, account: str, *, open_share: int) -> None:
    """So many tasks of an account, one in `open_share` of them open, with their journal, into `solver.sqlite`."""
    order = msgspec.json.encode(TokenOrder(sitekey=site, page_url="http://shop.localhost:8000/")).decode()
    values = {"rows": rows, "account": account, "token_order": order, "solution": _SOLUTION, "share": open_share}
    _execute(data / "solver.sqlite", (_INTO_TASKS, _INTO_ENDED), values)


def _execute(store: Path, statements: tuple[str, ...], values: dict[str, Any]) -> None:
    with closing(sqlite3.connect(store, timeout=60)) as connection:
        with connection:
            for statement in statements:
                connection.execute(statement, values | {"now": SystemClock().now()})
        # Reading a write-ahead log of gigabytes is not what anybody wants to measure.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
