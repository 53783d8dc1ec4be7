"""G12: how long until the range is ready, from an empty directory, and after kill -9 with a million tasks in its store?

`python -m benchmarks.readiness [--rows 1000000] [--rounds 5]`. The rows are tasks that ended within the last day, with
their events and journal, and as many used tokens in the provider's store; one task in a thousand is still open. The
range is loaded over HTTP, killed with SIGKILL, and started again; ready is when `GET /health` answers 200.
"""

import argparse
import os
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

from benchmarks.filling import fill_provider, fill_solver
from captcha_range.http_call import call
from captcha_range.launch import LaunchedRange

ORIGIN = "http://shop.localhost:8000"
OPEN_SHARE = 1_000
"""One task in so many was still waiting when the process died."""

LOAD = 50
"""Orders over HTTP before each kill, so that there is a write-ahead log to read."""


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
    fill_provider(folder / "data", rows, site)
    fill_solver(folder / "data", rows, site, opened["account"]["account"], open_share=OPEN_SHARE)
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
