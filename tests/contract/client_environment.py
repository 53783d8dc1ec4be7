"""A virtual environment that holds the pinned client libraries and nothing of this project."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
REQUIREMENTS = Path(__file__).parent / "clients" / "requirements.txt"
CACHE = PROJECT / ".cache" / "clients"


def client_interpreter(requirements: Path = REQUIREMENTS, cache: Path = CACHE) -> Path:
    """The interpreter of the environment with `requirements`; builds it once, also for parallel callers."""
    environment = cache / _fingerprint(requirements)
    interpreter = environment / "bin" / "python"
    complete = environment / "complete"
    with _only_one_builder(environment.with_suffix(".lock")):
        # The mark is written last: without it an earlier build was interrupted.
        if not (complete.exists() and interpreter.exists()):
            shutil.rmtree(environment, ignore_errors=True)
            _build(environment, interpreter, requirements)
            complete.touch()
    return interpreter


def _fingerprint(requirements: Path) -> str:
    digest = hashlib.sha256(requirements.read_bytes())
    digest.update(sys.version.encode())
    return digest.hexdigest()[:16]


@contextmanager
def _only_one_builder(lock: Path) -> Iterator[None]:
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)  # released when the file closes, also when the process dies
        yield


def _build(environment: Path, interpreter: Path, requirements: Path) -> None:
    pinned = ["--require-hashes", "-r", str(requirements)]
    uv = _uv()
    if uv is None:
        _run([sys.executable, "-m", "venv", str(environment)])
        _run([str(interpreter), "-m", "pip", "install", "--disable-pip-version-check", *pinned])
    else:
        _run([uv, "venv", "--python", sys.executable, str(environment)])
        _run([uv, "pip", "install", "--python", str(interpreter), *pinned])


def _uv() -> str | None:
    own = PROJECT / ".tools" / "uv" / "bin" / "uv"
    return str(own) if os.access(own, os.X_OK) else shutil.which("uv")


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
