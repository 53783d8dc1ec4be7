"""`captcha-range lab-proxy`: an exit in one region, for tasks that bring a proxy."""

import asyncio
import contextlib
from pathlib import Path

import click
import msgspec
import uvloop

from captcha_range.cli.options import settings_options, settle
from captcha_range.core.errors import RangeError
from captcha_range.core.lab_nets import Fence
from captcha_range.core.regions import Regions
from captcha_range.lab_proxy.gate import Gate
from captcha_range.lab_proxy.login import Login
from captcha_range.lab_proxy.server import LabProxy

KINDS = {"http": ("http",), "socks5": ("socks5",), "both": ("http", "socks5")}


class RegionUnknown(RangeError):
    """The settings name no such region."""

    code = "region_unknown"


@click.command(name="lab-proxy")
@settings_options
@click.option("--region", required=True, metavar="LABEL", help="The region that its connections come from, such as gb.")
@click.option(
    "--kind",
    type=click.Choice(list(KINDS)),
    default="both",
    show_default=True,
    help="What it speaks; both share the port.",
)
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=0,
    show_default=True,
    help="Port on 127.0.0.1; 0 takes a free one.",
)
@click.option("--login", metavar="USER:PASSWORD", help="Ask clients for this login.")
@click.option(
    "--lab-net", "lab_nets", multiple=True, metavar="CIDR", help="A private network that belongs to the range."
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="How to announce.")
def lab_proxy(
    config: Path | None,
    data_dir: Path | None,
    region: str,
    kind: str,
    port: int,
    login: str | None,
    lab_nets: tuple[str, ...],
    form: str,
) -> None:
    """Run a proxy whose connections come from one region.

    It reaches the range's own networks and nothing else. Name it as a task's proxy, and the provider sees the
    task come from the region.
    """
    settings = settle(config, data_dir=data_dir, lab_nets=lab_nets or None)
    regions = Regions(settings.regions)
    source = regions.source_address(region)
    if source is None:
        raise RegionUnknown(f"region {region!r}: the regions are {', '.join(regions.labels)}")
    wanted = None if login is None else Login.parse(login)
    proxy = LabProxy(Gate(Fence(settings.lab_nets), source), KINDS[kind], wanted)
    with contextlib.suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_run(proxy, port, form, {"region": region, "source": source, "kind": kind}))


async def _run(proxy: LabProxy, port: int, form: str, facts: dict[str, str]) -> None:
    async with proxy.listening(port) as bound:
        announcement = {"address": "127.0.0.1", "port": bound, **facts}
        if form == "json":
            print(msgspec.json.encode(announcement).decode(), flush=True)
        else:
            print(f"lab proxy  127.0.0.1:{bound}   ({facts['kind']}; leaves from {facts['source']}, {facts['region']})")
            print("Stop with Ctrl+C.", flush=True)
        await asyncio.Event().wait()
