"""Our provider with one site, and tokens minted in bulk: DIRECTORY COUNT enterprise|plain."""

import asyncio
import sqlite3
import sys
from pathlib import Path
from typing import Any

from starlette.types import ASGIApp

from benchmarks.servers.forms import write_forms
from benchmarks.servers.stack import serve
from captcha_range.core.clock import SystemClock
from captcha_range.core.lab_nets import Fence
from captcha_range.core.observed import observed
from captcha_range.core.regions import Regions
from captcha_range.core.request_target import normalise_target
from captcha_range.provider import tokens
from captcha_range.provider.observation import Observation, Opening, Passage
from captcha_range.provider.plane import Provider
from captcha_range.provider.routes import create_app
from captcha_range.provider.sites import SiteOrder, plan_site

PAGE = "http://127.0.0.1:5000"
AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
GROUP = 1_000
"""Tokens minted in one transaction."""


async def prepare(directory: Path, count: int, enterprise: bool) -> tuple[ASGIApp, dict[str, Any]]:
    """The application, and what a client of it needs."""
    clock = SystemClock()
    provider = Provider(
        directory / "provider.sqlite",
        seed=b"benchmark",
        pepper=b"benchmark",
        clock=clock,
        fence=Fence(),
        regions=Regions(),
    )
    order = SiteOrder(origins=(PAGE,), enterprise=enterprise)
    site, secret = plan_site(order, Fence(), tuple(provider.issued.families))
    await provider.sites.add(site, secret)
    minted = await _mint(provider, site.sitekey, count, clock.now())
    await asyncio.to_thread(write_forms, directory / "forms", minted, secret)
    facts = {"sitekey": site.sitekey, "page_url": f"{PAGE}/", "solver_key": await provider.keys.create("solver")}
    app = observed(normalise_target(create_app(provider)), "provider", provider.meters.http, provider.clock)
    return app, facts


async def _mint(provider: Provider, sitekey: str, count: int, now: float) -> list[str]:
    loaded = Observation(now - 5.0, "127.0.0.1", "local", AGENT)
    passage = Passage(Opening(loaded), Observation(now, "127.0.0.1", "local", AGENT))

    def mint(connection: sqlite3.Connection) -> list[str]:
        return [tokens.mint(connection, sitekey, "127.0.0.1", passage) for _ in range(GROUP)]

    minted: list[str] = []
    while len(minted) < count:
        minted += await provider.database.write(mint)
    return minted


def main() -> None:
    directory, count, kind = sys.argv[1:]
    serve(lambda: prepare(Path(directory), int(count), kind == "enterprise"))


if __name__ == "__main__":
    main()
