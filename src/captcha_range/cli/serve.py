"""`captcha-range serve`: both planes, until interrupted."""

import asyncio
import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec
import uvicorn
import uvloop

from captcha_range.app import Announcement, Range
from captcha_range.cli.options import settings_options, settle
from captcha_range.core.collector import spare_what_stays
from captcha_range.core.connections import BreakableProtocol
from captcha_range.core.logs import configure
from captcha_range.core.settings import Settings

KEEP_ALIVE = 75
"""Seconds. A close after 5 s raced with requests of a public client (spec/provider §8)."""


DRAIN = 4.0
"""Seconds that running tasks get to end once the range is told to stop; the others go back to the queue."""

LAST_CALL = 0.25
"""Seconds after that in which requests that were under way still arrive and are answered."""

GRACE = 3
"""Seconds that the last answers get; all in all the range ends within 10 (spec/reliability G11)."""

STOPPING = (signal.SIGTERM, signal.SIGINT)


@click.command()
@settings_options
@click.option("--host", metavar="ADDRESS", help="Address to listen on (default: 127.0.0.1).")
@click.option(
    "--provider-port",
    type=int,
    metavar="PORT",
    help="The provider's port; 0 takes a free one (default: 8480).",
)
@click.option("--solver-port", type=int, metavar="PORT", help="The solver's port; 0 takes a free one (default: 8481).")
@click.option(
    "--lab-net",
    "lab_nets",
    multiple=True,
    metavar="CIDR",
    help="A private network that belongs to the range.",
)
@click.option("--seed", metavar="TEXT", help="Draw the same challenges for the same seed.")
@click.option("--recogniser", metavar="NAME", help="The solver's eye: classical, cnn or random (default: classical).")
@click.option("--worker", metavar="NAME", help="How tasks are solved: protocol or browser (default: protocol).")
@click.option("--log-format", metavar="FORM", help="How to log to stderr: text or json (default: text).")
@click.option(
    "--max-open-tasks",
    type=int,
    metavar="N",
    help="Tasks that may wait or run; more are refused until one has ended (default: 4000).",
)
@click.option(
    "--workers",
    type=int,
    metavar="N",
    help="Tasks that run here at the same time; 0 leaves them to `worker` (default: 4).",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to announce.")
def serve(
    config: Path | None,
    data_dir: Path | None,
    host: str | None,
    provider_port: int | None,
    solver_port: int | None,
    lab_nets: tuple[str, ...],
    seed: str | None,
    recogniser: str | None,
    worker: str | None,
    workers: int | None,
    log_format: str | None,
    max_open_tasks: int | None,
    form: str,
) -> None:
    """Start the range and keep it running.

    Both planes listen on 127.0.0.1: the provider on port 8480, the solver on 8481.

    The first start makes an admin key for each plane, prints it once, and keeps it in the data directory,
    where `captcha-range sites` and `captcha-range accounts` find it.
    """
    settings = settle(
        config,
        data_dir=data_dir,
        host=host,
        provider_port=provider_port,
        solver_port=solver_port,
        lab_nets=lab_nets or None,
        seed=seed,
        recogniser=recogniser,
        worker=worker,
        workers=workers,
        log_format=log_format,
        max_open_tasks=max_open_tasks,
    )
    configure(settings.log_format)
    # An interrupt before the server listens, or a second one.
    with contextlib.suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, form))


async def _serve(settings: Settings, form: str) -> None:
    the_range = Range(settings)
    async with the_range.running() as announcement:
        config = uvicorn.Config(
            the_range,
            http=BreakableProtocol,
            lifespan="off",
            access_log=False,
            log_config=None,
            server_header=False,
            # The visitor's address is the connection's: a header could name any.
            proxy_headers=False,
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=GRACE,
        )
        await _DrainingServer(config, the_range, announcement, form).serve(sockets=the_range.sockets)


class _DrainingServer(uvicorn.Server):
    """Announces itself when it listens; SIGTERM and SIGINT drain the range before its sockets are closed.

    uvicorn would close them first. Then a worker in this process could not reach the provider any more, and the
    tasks that it runs would fail instead of ending or going back to the queue.
    """

    def __init__(self, config: uvicorn.Config, the_range: Range, announcement: Announcement, form: str) -> None:
        super().__init__(config)
        self._range = the_range
        self._announcement = announcement
        self._form = form
        self._draining: asyncio.Task[None] | None = None

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # In place of uvicorn's own, which raises the signal again at the end, before anything is put away.
        loop = asyncio.get_running_loop()
        for each in STOPPING:
            loop.add_signal_handler(each, self._told_to_stop)
        try:
            yield
        finally:
            for each in STOPPING:
                loop.remove_signal_handler(each)

    def _told_to_stop(self) -> None:
        if self._draining is None:
            self._draining = asyncio.create_task(self._drain())
        else:
            self.should_exit = self.force_exit = True

    async def _drain(self) -> None:
        try:
            await self._range.drain(DRAIN)
            await asyncio.sleep(LAST_CALL)
        finally:
            self.should_exit = True

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        await super().startup(sockets)  # type: ignore[arg-type]
        if self.started:
            spare_what_stays()
            _announce(self._announcement, self._form)


def _announce(announcement: Announcement, form: str) -> None:
    if form == "json":
        print(msgspec.json.encode(announcement).decode(), flush=True)
        return
    print(f"provider  {announcement.provider_url}")
    print(f"solver    {announcement.solver_url}")
    print(f"data      {announcement.data_dir}")
    link = f"{announcement.dashboard_url}#ticket={announcement.dashboard_ticket}"
    print(f"dashboard {link}  (opens once; `captcha-range dashboard` prints another)")
    if announcement.provider_admin_key is not None:
        print("\nThese keys are shown once; they are kept in the data directory, readable by you alone:")
        print(f"provider admin key  {announcement.provider_admin_key}")
        print(f"solver admin key    {announcement.solver_admin_key}")
    print("\nNext, in another terminal:")
    print("  captcha-range sites add --origin http://127.0.0.1:5000")
    print("  captcha-range accounts add")
    print("\nStop with Ctrl+C.", flush=True)
