"""A range, or a worker beside it, as a child process: started, waited for, killed and started again."""

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


class Launched:
    """A `captcha-range` command that announces itself in JSON. Use it as a context manager."""

    def __init__(self, log: Path, *command: str) -> None:
        """`log` gets what it writes to stderr."""
        self._log = log
        self._command = command
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
        """The process id, while it runs."""
        assert self._process is not None  # noqa: S101 - asked of a started process only
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it announces itself. LaunchFailed with its own message if it does not."""
        command = [sys.executable, "-m", "captcha_range", *self._command, "--format", "json"]
        with self._log.open("ab") as log:
            # In a process group of its own: a terminal's Ctrl+C is for who launched it, and ends it afterwards.
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                command, stdout=subprocess.PIPE, stderr=log, text=True, env=_environment(), process_group=0
            )
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            self._process.wait()
            self.kill()
            raise LaunchFailed(f"it did not start: {self._log.read_text().strip()[-500:]}")
        self.announcement = json.loads(line)

    def stop(self) -> int:
        """Ask it to end, and wait until it has; its exit code."""
        return self._end(subprocess.Popen.terminate)

    def kill(self) -> None:
        """End it as a power cut would, with SIGKILL."""
        self._end(subprocess.Popen.kill)

    def _end(self, how: Any) -> int:
        if self._process is None:
            return 0
        how(self._process)
        return self.wait()

    def wait(self) -> int:
        """Wait until it has ended, at most 30 s; its exit code."""
        assert self._process is not None  # noqa: S101 - as above
        code = self._process.wait(timeout=30)
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._process = None
        return code


class LaunchedRange(Launched):
    """`captcha-range serve` on free ports over one data directory."""

    def __init__(self, data_dir: Path, *options: str) -> None:
        ports = ("--provider-port", "0", "--solver-port", "0")
        log = data_dir.parent / f"{data_dir.name}.log"
        super().__init__(log, "serve", "--data-dir", str(data_dir), *ports, *options)
        self.data_dir = data_dir

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


class LaunchedWorker(Launched):
    """`captcha-range worker` for planes at these addresses, with the keys of a data directory."""

    def __init__(self, data_dir: Path, provider_url: str, solver_url: str, *options: str) -> None:
        urls = ("--provider-url", provider_url, "--solver-url", solver_url)
        log = data_dir.parent / f"{data_dir.name}-worker.log"
        super().__init__(log, "worker", "--data-dir", str(data_dir), *urls, *options)


def _environment() -> dict[str, str]:
    """The environment without settings of the range, so that only what is given here counts."""
    return {name: value for name, value in os.environ.items() if not name.startswith("CAPTCHA_RANGE_")}
