"""A site under test, as a process of its own: started, waited for, stopped."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO

from captcha_range.core.errors import RangeError
from captcha_range.core.origins import parse_origin

PAUSE = 0.02


class SiteNotStarted(RangeError):
    """The site's command did not come to listen; the message ends with what it wrote."""

    code = "site_not_started"


@contextlib.contextmanager
def run_site(
    command: Sequence[str],
    origin: str,
    environment: Mapping[str, str] | None = None,
    *,
    folder: Path | None = None,
    patience: float = 30.0,
) -> Iterator[str]:
    """Start a site's server as a process and wait until it listens at `origin`, which it yields.

    `{port}` in the command stands for the origin's port, which is also the variable `PORT`. The process gets
    `environment` beside this process's own, and runs in `folder`. SiteNotStarted if it ends, does not listen after
    `patience` seconds, or something else listens there already.
    """
    _, host, port = parse_origin(origin)
    if _listens(host, port):
        raise SiteNotStarted(f"something listens at {origin} already")
    variables = {**os.environ, "PATH": _path(), **(environment or {}), "PORT": str(port)}
    words = [word.replace("{port}", str(port)) for word in command]
    with tempfile.TemporaryFile() as output:
        process = _started(words, variables, folder, output)
        try:
            _wait_until_it_listens(process, (host, port), patience, output)
            yield origin
        finally:
            _stop(process)


def _started(
    command: list[str], environment: Mapping[str, str], folder: Path | None, output: IO[bytes]
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - the caller's own command
            command, env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    except OSError as error:
        raise SiteNotStarted(f"{command[0]} could not be run: {error.strerror}") from None


def _path() -> str:
    """The search path with this interpreter's programs first: `flask` is the one beside pytest, activated or not."""
    return os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])


def _wait_until_it_listens(
    process: subprocess.Popen[bytes], address: tuple[str, int], patience: float, output: IO[bytes]
) -> None:
    for _ in range(round(patience / PAUSE)):
        if _listens(*address):
            return
        if process.poll() is not None:
            raise SiteNotStarted(f"it ended with exit code {process.returncode}: {_written(output)}")
        threading.Event().wait(PAUSE)
    raise SiteNotStarted(f"nothing listens on port {address[1]} after {patience:g} s: {_written(output)}")


def _listens(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1.0).close()
    except OSError:
        return False
    return True


def _written(output: IO[bytes]) -> str:
    output.seek(0)
    return output.read().decode("utf-8", "replace").strip()[-1_000:]


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
