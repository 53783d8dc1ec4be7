"""P1: siteverify with durable single use, over 32 connections, against peers that keep their state in memory."""

import sys
from collections.abc import Callable, Sequence
from functools import partial
from importlib import metadata
from pathlib import Path

from benchmarks.load import VerifyPlan
from benchmarks.peers import NodePeer, PythonPeer
from benchmarks.rounds import Contender, Figures, measure_load, scratch
from benchmarks.server_process import ROOT, ServerProcess

CONNECTIONS = 32
WARM_UP = 1_000
"""Requests before the measured ones."""

TITLE = f"P1 siteverify, {CONNECTIONS} connections"
UNIT = "verifications"

Command = Callable[[Path, int], Sequence[str | Path]]
"""The command of a server, given its directory and how many tokens it mints."""


def contenders(*, quick: bool, peers: bool) -> list[Contender]:
    """Ours first. `quick` asks for a tenth of the requests."""
    count = 2_000 if quick else 20_000
    few = count // 5
    own = [
        _contender("captcha-range", "SQLite, synchronous=FULL, journal", _own_version, _own("plain"), count),
        _contender("captcha-range, Enterprise", "the same with risk score", _own_version, _own("enterprise"), count),
    ]
    if not peers:
        return own
    altcha, stub = PythonPeer("altcha", "altcha"), PythonPeer("pytest-httpserver", "pytest-httpserver")
    cap = NodePeer("cap", "@cap.js/server")
    return [
        *own,
        _contender(
            "raw ASGI ceiling",
            "a set in memory on the same HTTP stack",
            lambda: f"uvicorn {metadata.version('uvicorn')}",
            lambda directory, count: _module(sys.executable, "dict_ceiling", directory, count),
            count,
        ),
        _contender("Cap validateToken", "in memory, node:http", cap.version, partial(_cap, cap), count),
        _contender(
            "ALTCHA verify (v1)",
            "stateless: no single use; raw ASGI",
            altcha.version,
            lambda directory, count: _module(altcha.python, "altcha_verify", directory, count),
            count,
        ),
        _contender(
            "pytest-httpserver",
            "a stub: the same answer to everything",
            stub.version,
            lambda directory, count: _module(stub.python, "httpserver_stub", directory, count),
            few,
        ),
    ]


def _contender(name: str, note: str, version: Callable[[], str], command: Command, count: int) -> Contender:
    return Contender(name, note, version, partial(_measure, command, count))


def _measure(command: Command, count: int) -> Figures:
    warm_up = min(WARM_UP, count // 2)
    with scratch() as directory, ServerProcess(command(directory, count + warm_up), directory) as server:
        forms = str(directory / "forms")
        return measure_load(
            server,
            VerifyPlan(port=server.port, connections=CONNECTIONS, forms=forms, first=0, count=warm_up),
            VerifyPlan(port=server.port, connections=CONNECTIONS, forms=forms, first=warm_up, count=count),
        )


def _own(kind: str) -> Command:
    return lambda directory, count: [*_module(sys.executable, "range_provider", directory, count), kind]


def _own_version() -> str:
    return metadata.version("captcha-range")


def _module(python: str | Path, server: str, directory: Path, count: int) -> list[str | Path]:
    return [python, "-m", f"benchmarks.servers.{server}", directory, str(count)]


def _cap(peer: NodePeer, directory: Path, count: int) -> list[str | Path]:
    return [peer.node, ROOT / "benchmarks" / "servers" / "cap_validate.cjs", peer.home, directory, str(count)]
