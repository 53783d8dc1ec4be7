"""A range as a child process: started, waited for, killed and started again."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from captcha_range.core.errors import RangeError
from captcha_range.operator_api import Operator


class LaunchFailed(RangeError):
    """The range did not start; the message is what it said."""

    code = "launch_failed"


class LaunchedRange:
    """`captcha-range serve` on free ports over one data directory. Use it as a context manager."""

    def __init__(self, data_dir: Path, *options: str) -> None:
        self.data_dir = data_dir
        self._options = options
        self._process: subprocess.Popen[str] | None = None
        self.announcement: dict[str, Any] = {}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The process id of the running range."""
        assert self._process is not None  # noqa: S101 - asked of a started range only
        return self._process.pid

    @property
    def provider_url(self) -> str:
        """Where the provider listens."""
        return str(self.announcement["provider_url"])

    @property
    def solver_url(self) -> str:
        """Where the solver listens."""
        return str(self.announcement["solver_url"])

    @property
    def provider(self) -> Operator:
        """The provider's admin API."""
        return Operator(self.provider_url, (self.data_dir / "provider-admin.key").read_text().strip())

    @property
    def solver(self) -> Operator:
        """The solver's admin API."""
        return Operator(self.solver_url, (self.data_dir / "solver-admin.key").read_text().strip())

    def start(self) -> None:
        """Start it and wait until it accepts requests. LaunchFailed with its own message if it does not."""
        command = [sys.executable, "-m", "captcha_range", "serve", "--format", "json"]
        command += [
            "--data-dir",
            str(self.data_dir),
            "--provider-port",
            "0",
            "--solver-port",
            "0",
            *self._options,
        ]
        log = (self.data_dir.parent / f"{self.data_dir.name}.log").open("ab")
        with log:
            # In a process group of its own: a terminal's Ctrl+C is for who launched it, and ends it afterwards.
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                command, stdout=subprocess.PIPE, stderr=log, text=True, env=_environment(), process_group=0
            )
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            self._process.wait()
            self.kill()
            raise LaunchFailed(f"the range did not start: {Path(log.name).read_text().strip()[-500:]}")
        self.announcement = json.loads(line)

    def stop(self) -> None:
        """Ask it to end, and wait until it has."""
        self._end(subprocess.Popen.terminate)

    def kill(self) -> None:
        """End it as a power cut would, with SIGKILL."""
        self._end(subprocess.Popen.kill)

    def _end(self, how: Any) -> None:
        if self._process is None:
            return
        how(self._process)
        self._process.wait(timeout=30)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process = None


def _environment() -> dict[str, str]:
    """The environment without settings of the range, so that only what is given here counts."""
    return {name: value for name, value in os.environ.items() if not name.startswith("CAPTCHA_RANGE_")}
