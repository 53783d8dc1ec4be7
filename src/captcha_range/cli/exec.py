"""`captcha-range exec`: a command for whose run hcaptcha.com is answered by a range."""

import asyncio
import contextlib
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import click

from captcha_range.app import PROVIDER_KEY_FILE
from captcha_range.cli.options import reach, settings_options, settle
from captcha_range.core.clock import SystemClock
from captcha_range.core.errors import RangeError
from captcha_range.core.lab_nets import Fence
from captcha_range.launch import LaunchedRange
from captcha_range.redirect.authority import require_extra
from captcha_range.redirect.child import CommandNotStarted
from captcha_range.redirect.run import Backing, registered, run

ORIGINS = tuple(
    f"http://{host}:{port}" for host in ("localhost", "127.0.0.1") for port in (3000, 5000, 5173, 8000, 8080)
)
NOT_STARTED = 127


class RangeOutside(RangeError):
    """--range names a running range by its address, such as http://127.0.0.1:8480."""

    code = "range_outside"


@click.command(name="exec", context_settings={"allow_interspersed_args": False})
@settings_options
@click.option("--range", "url", metavar="URL", help="A running range's provider (default: one started for the run).")
@click.option("--sealed", is_flag=True, help="Refuse other hosts, but loopback, instead of passing them on.")
@click.option(
    "--origin",
    "origins",
    multiple=True,
    metavar="URL",
    help="Where the pages of the run's own site live; repeatable (default: localhost and 127.0.0.1 on ports 3000, "
    "5000, 5173, 8000 and 8080).",
)
@click.option("--enterprise", is_flag=True, help="The run's own site answers with score and score_reason.")
@click.option("--level", type=click.IntRange(1, 5), default=1, show_default=True, help="How hard its challenges are.")
@click.option("--seed", metavar="TEXT", help="Draw the same challenges for the same seed.")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def exec_(
    config: Path | None,
    data_dir: Path | None,
    url: str | None,
    sealed: bool,
    origins: tuple[str, ...],
    enterprise: bool,
    level: int,
    seed: str | None,
    command: tuple[str, ...],
) -> None:
    """Run a command, such as your tests, for which hcaptcha.com is a range on this machine.

    Its requests to hcaptcha.com arrive at the range and never at the live service. What goes to other hosts is
    passed on as it is. Write -- before the command. The exit code is the command's; 127 if it cannot be started.

    In the command's environment: the proxy and certificate variables, CAPTCHA_RANGE_URL, CAPTCHA_RANGE_SITEKEY
    and CAPTCHA_RANGE_SECRET. The official test keys work too.
    """
    require_extra()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    backing = _started(seed) if url is None else contextlib.nullcontext(_running(config, data_dir, url))
    try:
        with backing as found, registered(found, origins or ORIGINS, enterprise=enterprise, level=level) as site:
            code = asyncio.run(run(found, site, command, SystemClock(), sealed=sealed))
    except CommandNotStarted as error:
        click.echo(f"captcha-range: {error}", err=True)
        code = NOT_STARTED
    sys.exit(code)


@contextlib.contextmanager
def _started(seed: str | None) -> Iterator[Backing]:
    options = [] if seed is None else ["--seed", seed]
    with (
        tempfile.TemporaryDirectory(prefix="captcha-range-exec-") as folder,
        LaunchedRange(Path(folder) / "data", *options) as launched,
    ):
        yield Backing(launched.provider_url, launched.provider)


def _running(config: Path | None, data_dir: Path | None, url: str) -> Backing:
    """A running range. RangeOutside if it is not inside the fence: what is redirected must not leave."""
    settings = settle(config, data_dir=data_dir)
    try:
        parts = urlsplit(url)
        is_inside = parts.scheme == "http" and Fence(settings.lab_nets).contains(parts.hostname or "")
    except ValueError:
        is_inside = False
    if not is_inside:
        raise RangeOutside
    return Backing(url, reach(config, data_dir, url, port_setting="provider_port", key_file=PROVIDER_KEY_FILE))


def _leave(number: int, _: Any) -> NoReturn:
    """Before the command runs, and after: leave as if interrupted, so that the range is stopped."""
    sys.exit(128 + number)
