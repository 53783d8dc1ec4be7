"""A measured server as a child process: started, asked for its CPU time, stopped."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

ROOT = Path(__file__).parent.parent
_TICKS = os.sysconf("SC_CLK_TCK")


class ServerSilent(Exception):
    """The server ended without announcing itself; the message is the last line that it wrote."""


class ServerProcess:
    """A server that announces itself with one line of JSON. Use it as a context manager."""

    def __init__(self, command: Sequence[str | Path], directory: Path) -> None:
        """`directory` takes the server's files and its log."""
        log = directory / "server.log"
        with log.open("wb") as stream:
            self._process = subprocess.Popen(
                [str(part) for part in command],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=stream,
                # A group of its own, so that workers end with their server.
                start_new_session=True,
            )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self.stop()
            last = log.read_text(errors="replace").strip().splitlines()[-1:] or ["no message"]
            raise ServerSilent(last[0])
        self.announced: dict[str, Any] = msgspec.json.decode(line)

    @property
    def port(self) -> int:
        return int(self.announced["port"])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def cpu_seconds(self) -> float:
        """User and system time so far, of all threads and all children."""
        return sum(_ticks(process) for process in _family(self._process.pid)) / _TICKS

    def stop(self) -> None:
        """End it and whatever it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


def _family(process: int) -> list[int]:
    found = [process]
    for children in Path(f"/proc/{process}/task").glob("*/children"):
        for child in children.read_text().split():
            found += _family(int(child))
    return found


def _ticks(process: int) -> int:
    # The second field is the program's name in brackets and may hold anything, spaces too.
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15])
