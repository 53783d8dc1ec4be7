"""G12: how long until the range is ready, from an empty directory, and after kill -9 with a million tasks in its store?

`python -m benchmarks.readiness [--rows 1000000] [--rounds 5]`. The rows are tasks that ended within the last day, with
their events and journal, and as many used tokens in the provider's store; one task in a thousand is still open. The
range is loaded over HTTP, killed with SIGKILL, and started again; ready is when `GET /health` answers 200.
"""

import argparse
import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

import msgspec

from captcha_range.core.clock import SystemClock
from captcha_range.http_call import call
from captcha_range.launch import LaunchedRange
from captcha_range.solver.orders import Solution, TokenOrder

ORIGIN = "http://shop.localhost:8000"
OPEN_SHARE = 1_000
"""One task in so many was still waiting when the process died."""

LOAD = 50
"""Orders over HTTP before each kill, so that there is a write-ahead log to read."""

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
_STATEMENTS = {
    "solver": (_INTO_TASKS, _INTO_ENDED),
    "provider": (_INTO_TOKENS, _INTO_VERIFIED),
}
_SOLUTION = msgspec.json.encode(Solution("P1_" + "t" * 1_597, "E0_" + "k" * 397, "agent")).decode()


class Start(NamedTuple):
    """From the command to the first answer: seconds on the clock, and of processor time."""

    seconds: float
    processor: float


def from_empty(folder: Path) -> Start:
    """One start in an empty directory."""
    with tempfile.TemporaryDirectory(dir=folder) as directory:
        launched = LaunchedRange(Path(directory) / "data")
        start = _ready(launched)
        launched.stop()
    return start


def after_kills(folder: Path, rows: int, rounds: int) -> list[Start]:
    """Starts after kill -9 under load, with so many tasks, tokens and journal entries in the stores."""
    launched = LaunchedRange(folder / "data", "--max-open-tasks", "1000000")
    with launched:
        site = launched.provider.add_site([ORIGIN], level=1)["site"]["sitekey"]
        opened = launched.solver.open_account(name="readiness", balance=10**9)
    _fill(folder / "data", rows, site, opened["account"]["account"])
    taken = []
    for _ in range(rounds + 1):
        taken.append(_ready(launched))
        _order(launched, opened["client_key"], site)
        launched.kill()
    return taken[1:]


def _ready(launched: LaunchedRange) -> Start:
    began = perf_counter()
    launched.start()
    assert call("GET", f"{launched.solver_url}/health").status == 200
    return Start(perf_counter() - began, _processor_seconds(launched.pid))


def _processor_seconds(pid: int) -> float:
    """What the kernel has counted for a process, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _order(launched: LaunchedRange, key: str, site: str) -> None:
    task = {"type": "HCaptchaTaskProxyless", "websiteURL": f"{ORIGIN}/", "websiteKey": site}
    for _ in range(LOAD):
        answer = call("POST", f"{launched.solver_url}/createTask", json={"clientKey": key, "task": task}).json()
        assert answer["errorId"] == 0, answer


def _fill(data: Path, rows: int, site: str, account: str) -> None:
    now = SystemClock().now()
    order = msgspec.json.encode(TokenOrder(sitekey=site, page_url=f"{ORIGIN}/")).decode()
    values = {"rows": rows, "now": now, "account": account, "token_order": order, "solution": _SOLUTION}
    values |= {"sitekey": site, "share": OPEN_SHARE}
    for file, statements in _STATEMENTS.items():
        with closing(sqlite3.connect(data / f"{file}.sqlite")) as connection, connection:
            for statement in statements:
                connection.execute(statement, values)


def _told(name: str, starts: list[Start]) -> str:
    seconds, processor = zip(*starts, strict=True)
    return (
        f"{name}: median {median(seconds):.2f} s, most {max(seconds):.2f} s; "
        f"processor time median {median(processor):.2f} s, most {max(processor):.2f} s"
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.readiness", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        empty = [from_empty(Path(directory)) for _ in range(asked.rounds)]
        print(_told("from empty", empty), flush=True)
        killed = after_kills(Path(directory), asked.rows, asked.rounds)
    print(_told(f"after kill -9, {asked.rows} rows", killed))
    return 0 if median(each.seconds for each in empty) <= 1.0 and median(each.seconds for each in killed) <= 3.0 else 1


if __name__ == "__main__":
    raise SystemExit(main())
