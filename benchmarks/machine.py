"""What the figures were measured on."""

import os
import platform
import sqlite3
import statistics
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from captcha_range.core.clock import SystemClock

FLUSHES = 200
"""Flushes of the probe."""


class Machine(msgspec.Struct, frozen=True):
    """The machine, the versions, the commit. `flush_ms` is the median cost of forcing 4 KiB to the disk."""

    cpu: str
    cores: int
    kernel: str
    python: str
    sqlite: str
    flush_ms: float
    commit: str
    date: str


def describe(directory: Path) -> Machine:
    """This machine; `directory` is where the measured databases lie."""
    return Machine(
        cpu=_cpu(),
        cores=os.cpu_count() or 1,
        kernel=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        sqlite=sqlite3.sqlite_version,
        flush_ms=_flush_ms(directory),
        commit=_commit(),
        date=datetime.fromtimestamp(SystemClock().now(), UTC).isoformat(timespec="seconds"),
    )


def _cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _flush_ms(directory: Path) -> float:
    probe = directory / "flush-probe"
    taken = []
    with probe.open("wb") as file:
        for _ in range(FLUSHES):
            started = time.perf_counter()
            os.write(file.fileno(), bytes(4_096))
            os.fdatasync(file.fileno())
            taken.append(time.perf_counter() - started)
    probe.unlink()
    return statistics.median(taken) * 1_000


def _commit() -> str:
    root = Path(__file__).parent
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=False)
    if head.returncode:
        return "none"
    changed = subprocess.run(["git", "status", "--porcelain"], cwd=root, capture_output=True, text=True, check=False)
    return head.stdout.strip() + (" with local changes" if changed.stdout.strip() else "")
