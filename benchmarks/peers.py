"""Peers, installed at run time into environments of their own, so that the project depends on none of them."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from benchmarks.server_process import ROOT

CACHE = ROOT / ".cache" / "bench"
STACK = ("uvicorn", "uvloop", "httptools", "msgspec")
"""What every Python peer is served with: the versions that the range itself runs on."""


class PeerAbsent(Exception):
    """A peer could not be installed; the message says why."""


class PythonPeer:
    """A virtual environment with packages from the Python package index, beside our HTTP stack."""

    def __init__(self, name: str, *packages: str) -> None:
        self.name = name
        self._packages = packages
        self._home = CACHE / "python" / name

    @property
    def python(self) -> Path:
        """Its interpreter; installed at the first call. PeerAbsent."""
        python = self._home / "bin" / "python"
        done = self._home / "installed"
        if not done.exists():
            shutil.rmtree(self._home, ignore_errors=True)
            stack = [f"{package}=={metadata.version(package)}" for package in STACK]
            _create(self._home)
            _install(self._home, [*stack, *self._packages])
            done.touch()
        return python

    def version(self) -> str:
        """The version of its first package."""
        code = f"from importlib.metadata import version; print(version({self._packages[0].partition('[')[0]!r}))"
        return _run([self.python, "-c", code]).strip()


class NodePeer:
    """A folder with packages from npm."""

    def __init__(self, name: str, package: str) -> None:
        self.name = name
        self._package = package
        self.home = CACHE / "node" / name

    @property
    def node(self) -> Path:
        """The interpreter, once the package is installed. PeerAbsent."""
        found = shutil.which("node")
        if found is None or shutil.which("npm") is None:
            raise PeerAbsent("node and npm are not installed")
        if not (self.home / "node_modules" / self._package).exists():
            self.home.mkdir(parents=True, exist_ok=True)
            _run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", self.home, self._package])
        return Path(found)

    def version(self) -> str:
        manifest = self.home / "node_modules" / self._package / "package.json"
        return _run([self.node, "-p", f"require({str(manifest)!r}).version"]).strip()


def _create(home: Path) -> None:
    uv = _uv()
    if uv is None:
        _run([sys.executable, "-m", "venv", home])
    else:
        _run([uv, "venv", "--quiet", "--python", sys.executable, home])


def _install(home: Path, packages: Sequence[str]) -> None:
    python, uv = home / "bin" / "python", _uv()
    if uv is None:
        _run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages])
    else:
        _run([uv, "pip", "install", "--quiet", "--python", python, *packages])


def _uv() -> str | None:
    own = ROOT / ".tools" / "uv" / "bin" / "uv"
    return str(own) if own.exists() else shutil.which("uv")


def _run(command: Sequence[str | Path]) -> str:
    try:
        done = subprocess.run(
            [str(part) for part in command], capture_output=True, text=True, check=False, cwd=ROOT, timeout=300
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PeerAbsent(f"{command[0]}: {type(error).__name__}") from None
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no message"]
        raise PeerAbsent(f"{Path(command[0]).name} failed: {last[0][:200]}")
    return done.stdout
