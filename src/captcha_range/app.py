"""The only file that knows every plane: settings → planes → one ASGI application on two ports."""

import asyncio
import contextlib
import fcntl
import os
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from captcha_range.core.browser_guard import refuse_foreign_pages
from captcha_range.core.clock import SystemClock
from captcha_range.core.errors import RangeError
from captcha_range.core.ids import new_key
from captcha_range.core.lab_nets import Fence
from captcha_range.core.observed import observed
from captcha_range.core.regions import Regions
from captcha_range.core.request_target import normalise_target
from captcha_range.core.settings import Settings
from captcha_range.core.work_threads import keep_opencv_to_one_thread, work_threads
from captcha_range.provider.dashboard import PATH as DASHBOARD_PATH
from captcha_range.provider.plane import Provider
from captcha_range.provider.routes import create_app as create_provider_app
from captcha_range.recognition.catalogue import late_recogniser
from captcha_range.solver import worker_keys
from captcha_range.solver.plane import Solver
from captcha_range.solver.routes import create_app as create_solver_app

PROVIDER_KEY_FILE = "provider-admin.key"
SOLVER_KEY_FILE = "solver-admin.key"
SOLVER_TO_PROVIDER_KEY_FILE = "solver-to-provider.key"
WORKER_KEY_FILE = "worker.key"


class PortTaken(RangeError):
    """A port could not be bound; stop what listens there, or choose another with its option."""

    code = "port_taken"


class DataDirUnusable(RangeError):
    """The data directory cannot be written, or another range uses it."""

    code = "data_dir_unusable"


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """Where the range listens, and the keys that were made at its first start (else None: they are shown once).

    `dashboard_ticket` behind `dashboard_url` and `#ticket=` opens the dashboard once without a key.
    """

    provider_url: str
    solver_url: str
    dashboard_url: str
    dashboard_ticket: str
    data_dir: str
    provider_admin_key: str | None
    solver_admin_key: str | None


class Range:
    """Both planes over one data directory, behind one ASGI application."""

    def __init__(self, settings: Settings) -> None:
        keep_opencv_to_one_thread()
        self._settings = settings
        self._lock = _lock_data_dir(settings.data_dir)
        self.sockets = [_bind(settings.host, settings.provider_port, "provider_port")]
        self.sockets.append(_bind(settings.host, settings.solver_port, "solver_port"))
        self._apps: dict[int, ASGIApp] = {}
        self._solver: Solver | None = None

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[Announcement]:
        """Make the planes, work, and close them again."""
        asyncio.get_running_loop().set_default_executor(work_threads())
        settings = self._settings
        fence, regions = Fence(settings.lab_nets), Regions(settings.regions)
        pepper = _stored_key(settings.data_dir / "pepper")
        seed = _stored_key(settings.data_dir / "seed") if settings.seed is None else settings.seed.encode()
        provider_port, solver_port = (bound.getsockname()[1] for bound in self.sockets)
        provider = Provider(
            settings.data_dir / "provider.sqlite",
            seed=seed,
            pepper=pepper,
            clock=SystemClock(),
            fence=fence,
            regions=regions,
        )
        solver = Solver(
            settings.data_dir / "solver.sqlite",
            pepper=pepper,
            clock=SystemClock(),
            fence=fence,
            regions=regions,
            provider_url=url_of(settings.host, provider_port),
            provider_key=(await _kept_key(provider, "solver", settings.data_dir / SOLVER_TO_PROVIDER_KEY_FILE))[0],
            recogniser=late_recogniser(settings.recogniser),
            worker_name=settings.worker,
            slots=settings.workers,
            max_open_tasks=settings.max_open_tasks,
        )
        provider_app = normalise_target(create_provider_app(provider))
        solver_app = refuse_foreign_pages(normalise_target(create_solver_app(solver)), fence)
        self._apps[provider_port] = observed(provider_app, "provider", provider.meters.http, provider.clock)
        self._apps[solver_port] = observed(solver_app, "solver", solver.meters.http, solver.clock)
        await _kept_key(solver, worker_keys.SCOPE, settings.data_dir / WORKER_KEY_FILE, worker_keys.LOCAL)
        provider.overview.add("provider", url_of(settings.host, provider_port), provider.counts)
        provider.overview.add("solver", url_of(settings.host, solver_port), solver.counts)
        await solver.start()
        self._solver = solver
        try:
            provider_key, first = await _kept_key(provider, "admin", settings.data_dir / PROVIDER_KEY_FILE)
            solver_key, _ = await _kept_key(solver, "admin", settings.data_dir / SOLVER_KEY_FILE)
            yield Announcement(
                provider_url=url_of(settings.host, provider_port),
                solver_url=url_of(settings.host, solver_port),
                dashboard_url=url_of(settings.host, provider_port) + DASHBOARD_PATH,
                dashboard_ticket=provider.tickets.issue(provider_key),
                data_dir=str(settings.data_dir),
                provider_admin_key=provider_key if first else None,
                solver_admin_key=solver_key if first else None,
            )
        finally:
            self._solver = None
            await solver.stop()
            provider.close()
            os.close(self._lock)

    async def drain(self, seconds: float) -> None:
        """Take no more tasks, let what runs end for so many seconds, and answer every request that is held."""
        if self._solver is not None:
            await self._solver.drain(seconds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI application: the port decides which plane a request is for."""
        server: Any = scope["server"]
        await self._apps[server[1]](scope, receive, send)


def _lock_data_dir(data_dir: Path) -> int:
    """One process per data directory: sites and keys are cached in memory, and the writer is the only one."""
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(data_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise DataDirUnusable(
            f"data_dir: another range uses {data_dir}; stop it or choose another --data-dir"
        ) from None
    except OSError as error:
        raise DataDirUnusable(f"data_dir: {data_dir}: {error.strerror}") from None
    return lock


def _bind(host: str, port: int, setting: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        # Listening before the server runs: a task that an earlier process left is worked on at once, and its
        # connections to the provider wait instead of being refused.
        bound.listen(1_024)
    except OSError as error:
        bound.close()
        option = setting.replace("_", "-")
        raise PortTaken(f"{setting}: {host}:{port}: {error.strerror}; choose another with --{option}") from None
    return bound


def url_of(host: str, port: int) -> str:
    """Where a plane listens."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _stored_key(file: Path) -> bytes:
    """The key in a file that only its owner reads; drawn at the first start."""
    if not file.exists():
        _write_private(file, new_key().hex())
    return bytes.fromhex(file.read_text().strip())


async def _kept_key(plane: Provider | Solver, scope: str, file: Path, holder: str = "") -> tuple[str, bool]:
    """The key of a scope that is kept in a file, and whether it was made just now.

    It is made again when the file was deleted or does not hold a valid key: whoever can write the data
    directory is the operator.
    """
    if file.exists():
        key = file.read_text().strip()
        if plane.keys.holder(scope, key) is not None:
            return key, False
    key = await plane.keys.create(scope, holder)
    _write_private(file, key)
    return key, True


def _write_private(file: Path, text: str) -> None:
    temporary = file.with_suffix(".new")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
        stream.write(text + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    temporary.replace(file)
