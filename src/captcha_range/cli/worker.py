"""`captcha-range worker`: a worker in a process of its own, beside a running range."""

import asyncio
import contextlib
import logging
import signal
from pathlib import Path

import click
import msgspec
import uvloop

from captcha_range.app import SOLVER_TO_PROVIDER_KEY_FILE, WORKER_KEY_FILE, url_of
from captcha_range.cli.options import KeyMissing, settings_options, settle
from captcha_range.core.clock import SystemClock
from captcha_range.core.lab_nets import Fence
from captcha_range.core.regions import Regions
from captcha_range.core.settings import WORKERS, Settings
from captcha_range.core.work_threads import keep_opencv_to_one_thread, work_threads
from captcha_range.recognition.catalogue import late_recogniser
from captcha_range.solver.outpost import Outpost

DRAIN = 4.0
"""Seconds that running tasks get to end once the worker is told to stop; the others go back to the queue."""

STOPPING = (signal.SIGTERM, signal.SIGINT)


@click.command()
@settings_options
@click.option("--kind", type=click.Choice(WORKERS), help="How tasks are solved (default: protocol).")
@click.option("--slots", type=int, metavar="N", help="Tasks that run at the same time (default: 4).")
@click.option("--solver-url", metavar="URL", help="Where the solver listens (default: its port on 127.0.0.1).")
@click.option("--provider-url", metavar="URL", help="Where the provider listens (default: its port on 127.0.0.1).")
@click.option(
    "--worker-key-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The worker's key for the solver (default: worker.key in the data directory).",
)
@click.option(
    "--provider-key-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The solver's key for the provider (default: solver-to-provider.key in the data directory).",
)
@click.option(
    "--lab-net", "lab_nets", multiple=True, metavar="CIDR", help="A private network that belongs to the range."
)
@click.option("--recogniser", metavar="NAME", help="The worker's eye: classical, cnn or random (default: classical).")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to announce.")
def worker(
    config: Path | None,
    data_dir: Path | None,
    kind: str | None,
    slots: int | None,
    solver_url: str | None,
    provider_url: str | None,
    worker_key_file: Path | None,
    provider_key_file: Path | None,
    lab_nets: tuple[str, ...],
    recogniser: str | None,
    form: str,
) -> None:
    """Work on the tasks of a running range, in a process of its own.

    On the same machine it finds the range and its keys in the data directory. It stops on SIGTERM or Ctrl+C:
    running tasks get a few seconds to end, and the others go back to the queue.
    """
    settings = settle(
        config,
        data_dir=data_dir,
        worker=kind,
        slots=slots,
        solver_url=solver_url,
        provider_url=provider_url,
        worker_key_file=worker_key_file,
        provider_key_file=provider_key_file,
        lab_nets=lab_nets or None,
        recogniser=recogniser,
    )
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    keep_opencv_to_one_thread()
    with contextlib.suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_work(settings, form))


async def _work(settings: Settings, form: str) -> None:
    asyncio.get_running_loop().set_default_executor(work_threads())
    told_to_stop = asyncio.Event()
    for each in STOPPING:
        asyncio.get_running_loop().add_signal_handler(each, told_to_stop.set)
    outpost = _outpost(settings)
    stopping = asyncio.create_task(told_to_stop.wait())
    starting = asyncio.create_task(outpost.start())
    try:
        await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            await starting
            _announce(settings, form)
            await stopping
    finally:
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await outpost.stop(DRAIN)


def _outpost(settings: Settings) -> Outpost:
    return Outpost(
        solver_url=_solver_url(settings),
        worker_key=_key(settings.worker_key_file or settings.data_dir / WORKER_KEY_FILE),
        provider_url=settings.provider_url or url_of(settings.host, settings.provider_port),
        provider_key=_key(settings.provider_key_file or settings.data_dir / SOLVER_TO_PROVIDER_KEY_FILE),
        clock=SystemClock(),
        fence=Fence(settings.lab_nets),
        regions=Regions(settings.regions),
        recogniser=late_recogniser(settings.recogniser),
        worker_name=settings.worker,
        slots=settings.slots,
    )


def _solver_url(settings: Settings) -> str:
    return settings.solver_url or url_of(settings.host, settings.solver_port)


def _key(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        raise KeyMissing(f"no key at {file}; start `captcha-range serve` once, or name its --data-dir") from None


def _announce(settings: Settings, form: str) -> None:
    if form == "json":
        facts = {"kind": settings.worker, "slots": settings.slots, "solver_url": _solver_url(settings)}
        print(msgspec.json.encode(facts).decode(), flush=True)
        return
    print(f"worker  {settings.worker}, {settings.slots} tasks at the same time, for {_solver_url(settings)}")
    print("Stop with Ctrl+C.", flush=True)
