"""P4: createTask until ready, without the solve: the queue alone, embedded, against other queues."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from importlib import metadata
from pathlib import Path

from benchmarks.load import TaskPlan
from benchmarks.peers import PythonPeer
from benchmarks.rounds import Contender, Figures, Start, measure_load, scratch
from benchmarks.server_process import ServerProcess

CONNECTIONS = 32

IDLE_TITLE = "P4a createTask → ready, one client on an idle server"
BUSY_TITLE = f"P4b createTask → ready, {CONNECTIONS} connections"
UNIT = "tasks"


def idle(*, quick: bool, peers: bool) -> list[Contender]:
    """One client, one task after the other."""
    return _contenders(30 if quick else 300, 1, few=20, peers=peers)


def busy(*, quick: bool, peers: bool) -> list[Contender]:
    """All connections at once."""
    return _contenders(200 if quick else 1_000, CONNECTIONS, few=200, peers=peers)


def _contenders(count: int, connections: int, *, few: int, peers: bool) -> list[Contender]:
    """`few` is how many tasks a peer gets that polls for its work and would take minutes."""
    own = Contender(
        "captcha-range",
        "SQLite, synchronous=FULL, account, target check, journal",
        lambda: metadata.version("captcha-range"),
        partial(_measure, started_range, count, connections),
    )
    if not peers:
        return [own]
    huey, dbos = PythonPeer("huey", "huey"), PythonPeer("dbos", "dbos")
    return [
        own,
        Contender(
            "asyncio queue ceiling",
            "in memory, raw ASGI",
            lambda: f"uvicorn {metadata.version('uvicorn')}",
            partial(_measure, _peer(lambda: sys.executable, "asyncio_queue"), count, connections),
        ),
        Contender(
            "huey",
            "SQLite with its defaults, raw ASGI",
            huey.version,
            partial(_measure, _peer(lambda: huey.python, "huey_queue"), min(count, 5 * few), connections),
        ),
        Contender(
            "DBOS",
            "SQLite with its defaults, raw ASGI",
            dbos.version,
            partial(_measure, _peer(lambda: dbos.python, "dbos_queue"), min(count, few), connections),
        ),
    ]


def _measure(start: Start, count: int, connections: int) -> Figures:
    with scratch() as directory, start(directory) as server:
        plan = TaskPlan(
            port=server.port,
            connections=connections,
            count=count,
            client_key=server.announced.get("client_key", ""),
            sitekey=server.announced.get("sitekey", ""),
            page_url=server.announced.get("page_url", ""),
        )
        return measure_load(server, _shortened(plan), plan)


def _shortened(plan: TaskPlan) -> TaskPlan:
    warm_up = max(plan.count // 10, 3)
    return TaskPlan(**{name: getattr(plan, name) for name in plan.__struct_fields__} | {"count": warm_up})


@contextmanager
def started_range(directory: Path) -> Iterator[ServerProcess]:
    """Our solver beside our provider, each a process; only the solver's CPU time counts."""
    (directory / "provider").mkdir()
    provider_command = [*_module(sys.executable, "range_provider"), directory / "provider", "0", "plain"]
    with ServerProcess(provider_command, directory / "provider") as provider:
        url = f"http://127.0.0.1:{provider.port}"
        command = [*_module(sys.executable, "range_solver"), directory, url, str(provider.announced["solver_key"])]
        with ServerProcess(command, directory) as solver:
            solver.announced |= {name: provider.announced[name] for name in ("sitekey", "page_url")}
            yield solver


def _peer(python: Callable[[], str | Path], server: str) -> Start:
    return lambda directory: ServerProcess([*_module(python(), server), directory], directory)


def _module(python: str | Path, server: str) -> Sequence[str | Path]:
    return [python, "-m", f"benchmarks.servers.{server}"]
