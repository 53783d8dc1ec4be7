"""Two environments that hold the pinned client libraries, of PyPI and of npm, and nothing of this project."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
CLIENTS = Path(__file__).parent / "clients"
REQUIREMENTS = CLIENTS / "requirements.txt"
CACHE = PROJECT / ".cache" / "clients"


def client_interpreter(requirements: Path = REQUIREMENTS, cache: Path = CACHE) -> Path:
    """The interpreter of the environment with `requirements`; builds it once, also for parallel callers."""
    environment = cache / _fingerprint(requirements.read_bytes(), sys.version)
    interpreter = environment / "bin" / "python"
    _build_once(environment, interpreter, lambda: _build_python(environment, interpreter, requirements))
    return interpreter


def client_node_modules(manifest: Path = CLIENTS, cache: Path = CACHE, *, optional: bool = False) -> Path:
    """The folder with the packages that `manifest`'s lock file names; RuntimeError where there is no Node.js.

    `optional`: with its optional packages; compilers come for each platform in one of these.
    """
    node, npm = node_interpreter(), _found("npm")
    locked = (manifest / "package-lock.json").read_bytes()
    environment = cache / _fingerprint(locked, _run([str(node), "--version"])) / "node"
    environment.parent.mkdir(parents=True, exist_ok=True)
    modules = environment / "node_modules"
    _build_once(environment, modules, lambda: _build_node(environment, npm, manifest, optional=optional))
    return modules


def node_interpreter() -> Path:
    """Where Node.js lies; RuntimeError if it is not installed."""
    return _found("node")


def _found(program: str) -> Path:
    path = shutil.which(program)
    if path is None:
        raise RuntimeError(f"the npm client libraries need `{program}`: install Node.js 20 or newer, with npm")
    return Path(path)


def _fingerprint(pinned: bytes, version: str) -> str:
    digest = hashlib.sha256(pinned)
    digest.update(version.encode())
    return digest.hexdigest()[:16]


def _build_once(environment: Path, made: Path, build: Callable[[], None]) -> None:
    complete = environment / "complete"
    with _only_one_builder(environment.with_suffix(".lock")):
        # The mark is written last: without it an earlier build was interrupted.
        if not (complete.exists() and made.exists()):
            shutil.rmtree(environment, ignore_errors=True)
            build()
            complete.touch()


@contextmanager
def _only_one_builder(lock: Path) -> Iterator[None]:
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)  # released when the file closes, also when the process dies
        yield


def _build_python(environment: Path, interpreter: Path, requirements: Path) -> None:
    pinned = ["--require-hashes", "-r", str(requirements)]
    uv = _uv()
    if uv is None:
        _run([sys.executable, "-m", "venv", str(environment)])
        _run([str(interpreter), "-m", "pip", "install", "--disable-pip-version-check", *pinned])
    else:
        _run([uv, "venv", "--python", sys.executable, str(environment)])
        _run([uv, "pip", "install", "--python", str(interpreter), *pinned])


def _build_node(environment: Path, npm: Path, manifest: Path, *, optional: bool) -> None:
    environment.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(manifest / name, environment / name)
    # No package may run a script of its own here; none of these needs one.
    which = [] if optional else ["--omit=optional"]
    _run([str(npm), "ci", *which, "--ignore-scripts", "--no-audit", "--no-fund"], environment)


def _uv() -> str | None:
    own = PROJECT / ".tools" / "uv" / "bin" / "uv"
    return str(own) if os.access(own, os.X_OK) else shutil.which("uv")


def _run(command: list[str], folder: Path | None = None) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout
