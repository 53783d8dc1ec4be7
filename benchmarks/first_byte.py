"""P6: how long from the command to the first byte of an answer, and how much memory an idle server holds.

`python -m benchmarks.first_byte [--rounds 5] [--no-peers] [--out FILE]`. Each server is started once a round, one
after the other; a peer that cannot be installed is named with the reason. A first start does not count: it leaves
the bytecode of its modules, which an installation has.
"""

import argparse
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter, sleep

import msgspec

from benchmarks.peers import NodePeer, PeerAbsent, PythonPeer
from benchmarks.rounds import scratch
from benchmarks.server_process import ROOT
from benchmarks.spread import Spread, spread

PATIENCE = 30.0
"""Seconds until a server counts as one that does not start."""

POLL = 0.005
SETTLED = 1.0
"""Seconds after the first byte when memory is read."""

_FASTAPI = """
import sys, fastapi, uvicorn
app = fastapi.FastAPI()
@app.post("/siteverify")
def siteverify(): return {"success": True}
uvicorn.run(app, port=int(sys.argv[1]), log_level="error")
"""
_HTTPSERVER = """
import sys, threading
from pytest_httpserver import HTTPServer
server = HTTPServer(host="127.0.0.1", port=int(sys.argv[1]))
server.expect_request("/siteverify", method="POST").respond_with_json({"success": True})
server.start()
threading.Event().wait()
"""

Command = Callable[[Path, int], Sequence[str | Path]]
"""The command of a server, given a directory of its own and its port."""


class Contender(msgspec.Struct, frozen=True):
    """A server. `directory_kept`: it is started again over what its last start left."""

    name: str
    version: Callable[[], str]
    command: Command
    directory_kept: bool = False


class Start(msgspec.Struct, frozen=True):
    """Seconds to the first byte; MiB of memory held by the process and its children a second later."""

    seconds: float
    resident_mib: float


class Row(msgspec.Struct, frozen=True):
    """A contender's starts, or why there are none."""

    name: str
    version: str
    absent: str = ""
    seconds: Spread | None = None
    resident_mib: Spread | None = None


def contenders(*, peers: bool) -> list[Contender]:
    """Ours first."""
    own = [
        Contender("captcha-range, empty directory", lambda: "", _range),
        Contender("captcha-range, second start", lambda: "", _range, directory_kept=True),
    ]
    if not peers:
        return own
    httpserver = PythonPeer("pytest-httpserver", "pytest-httpserver")
    fastapi = PythonPeer("fastapi", "fastapi")
    moto = PythonPeer("moto", "moto[server]")
    mountebank = NodePeer("mountebank", "mountebank")
    return [
        *own,
        Contender("pytest-httpserver", httpserver.version, _script(httpserver, _HTTPSERVER)),
        Contender("FastAPI, one route", fastapi.version, _script(fastapi, _FASTAPI)),
        Contender("moto server", moto.version, lambda _, port: [moto.python, "-m", "moto.server", "-p", str(port)]),
        Contender("mountebank", mountebank.version, lambda directory, port: _mountebank(mountebank, directory, port)),
    ]


def measure(contender: Contender, directory: Path) -> Start:
    """One start. PeerAbsent."""
    port = _free_port()
    command = [str(part) for part in contender.command(directory, port)]
    began = perf_counter()
    with (directory / "server.log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=_environment(), stdout=log, stderr=log, start_new_session=True
        )
    try:
        _await_byte(process, port, began)
        seconds = perf_counter() - began
        sleep(SETTLED)
        return Start(seconds, _resident_mib(process.pid))
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def rows(asked: Sequence[Contender], rounds: int) -> list[Row]:
    """Every contender once a round, after a round that does not count."""
    starts: dict[str, list[Start]] = {each.name: [] for each in asked}
    absent: dict[str, str] = {}
    with scratch() as kept:
        for number in range(rounds + 1):
            for each in asked:
                print(f"round {number}/{rounds}: {each.name}", file=sys.stderr, flush=True)
                try:
                    with scratch() as fresh:
                        start = measure(each, kept if each.directory_kept else fresh)
                except PeerAbsent as error:
                    absent[each.name] = str(error)
                    continue
                if number > 0:
                    starts[each.name].append(start)
    return [_row(each, starts[each.name], absent.get(each.name, "")) for each in asked]


def markdown(table: list[Row]) -> str:
    """Medians, with the range in brackets."""
    lines = ["| who | to the first byte, s | memory when idle, MiB |", "|---|--:|--:|"]
    for each in table:
        if each.seconds is None or each.resident_mib is None:
            lines.append(f"| {each.name} | not measured: {each.absent} | |")
            continue
        lines.append(f"| {each.name} {each.version} | {_told(each.seconds, 2)} | {_told(each.resident_mib, 0)} |")
    return "\n".join(lines)


def _told(value: Spread, digits: int) -> str:
    return f"{value.median:.{digits}f} ({value.low:.{digits}f}–{value.high:.{digits}f})"


def _row(contender: Contender, starts: list[Start], absent: str) -> Row:
    if absent or not starts:
        return Row(contender.name, "", absent=absent)
    seconds, resident = spread([each.seconds for each in starts]), spread([each.resident_mib for each in starts])
    return Row(contender.name, contender.version(), seconds=seconds, resident_mib=resident)


def _range(directory: Path, port: int) -> Sequence[str | Path]:
    ports = ("--provider-port", str(port), "--solver-port", "0")
    return [sys.executable, "-m", "captcha_range", "serve", "--data-dir", directory / "data", *ports]


def _script(peer: PythonPeer, code: str) -> Command:
    return lambda _, port: [peer.python, "-c", code, str(port)]


def _mountebank(peer: NodePeer, directory: Path, port: int) -> Sequence[str | Path]:
    program = peer.home / "node_modules" / ".bin" / "mb"
    return [peer.node, program, "start", "--port", str(port), "--pidfile", directory / "mb.pid", "--nologfile"]


def _environment() -> dict[str, str]:
    """Ours, where Python may keep bytecode."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_byte(process: "subprocess.Popen[bytes]", port: int, began: float) -> None:
    while perf_counter() - began < PATIENCE:
        if process.poll() is not None:
            raise PeerAbsent(f"it ended with exit code {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as link:
            link.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            if link.recv(1):
                return
        sleep(POLL)
    raise PeerAbsent(f"it gave no answer within {PATIENCE:.0f} s")


def _resident_mib(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20 + sum(_resident_mib(int(child)) for child in children)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.first_byte", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--out", type=Path, help="where the figures go as JSON")
    asked = parser.parse_args()
    table = rows(contenders(peers=not asked.no_peers), asked.rounds)
    print(markdown(table))
    if asked.out is not None:
        asked.out.write_bytes(msgspec.json.format(msgspec.json.encode(table)) + b"\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
