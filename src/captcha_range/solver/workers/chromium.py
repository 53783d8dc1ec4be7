"""The Chromium that the browser worker drives: one process, one isolated context per task, every byte through the gate.

It is plain automation and says so: `navigator.webdriver` stays true, and nothing is hidden or forged.
"""

import asyncio
import contextlib
import os
import shutil
from collections import deque
from collections.abc import AsyncIterator
from typing import Any, Final, NamedTuple

from playwright.async_api import Browser, BrowserContext, Page, Playwright, ViewportSize, async_playwright
from playwright.async_api import Error as PlaywrightError

from captcha_range.core.errors import RangeError
from captcha_range.solver.browser_gateway import Door, Gateway, Pass

NAMES: Final = ("chromium", "chromium-browser", "google-chrome-stable")
"""Programs that will do, the first that is there. Nothing is ever downloaded."""

VIEWPORT: Final = ViewportSize(width=1280, height=900)

GUARDS: Final = (
    "--proxy-bypass-list=<-loopback>",
    # A belt: without the proxy no name and no other address is reached at all.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy",
    "--disable-quic",
    "--dns-prefetch-disable",
)
"""What keeps a page's traffic at the proxy."""

SILENCE: Final = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-first-run",
    "--no-pings",
)
"""What keeps Chromium from talking on its own account."""


class BrowserMissing(RangeError):
    """The browser worker needs Chromium on the PATH: apt-get install chromium."""

    code = "browser_missing"


class BrowserNotStarted(RangeError):
    """Chromium did not start; the message is what it said."""

    code = "browser_not_started"


class Tab(NamedTuple):
    """A context with one page, and the door that is its only way out."""

    door: Door
    context: BrowserContext
    page: Page


class Chromium:
    """One running Chromium, started again if it dies, with contexts kept warm for the next tasks."""

    def __init__(self, gateway: Gateway, guards: tuple[str, ...] = GUARDS, *, spares: int = 1) -> None:
        """`spares`: warm contexts. `guards` are replaced only by the test that shows what happens without them."""
        self._gateway = gateway
        self._guards = guards
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None
        self._shut: Door | None = None
        self._spares: deque[asyncio.Task[Tab]] = deque()
        self._size = spares
        self._starting = asyncio.Lock()

    async def start(self) -> None:
        """Launch it. BrowserMissing, BrowserNotStarted."""
        self._playwright = await async_playwright().start()
        self._shut = await self._gateway.open()
        await self._running()
        self._warm()

    async def stop(self) -> None:
        """End it, whatever of it runs; a second time is harmless."""
        spares = list(self._spares)
        self._spares.clear()
        browser, self._browser = self._browser, None
        playwright, self._playwright = self._playwright, None
        shut, self._shut = self._shut, None
        for spare in spares:
            with contextlib.suppress(PlaywrightError, RangeError):
                await _close(await spare)
        if browser is not None:
            await browser.close()
        if playwright is not None:
            await playwright.stop()
        if shut is not None:
            await shut.close()

    @contextlib.asynccontextmanager
    async def tab(
        self, allowed: Pass, user_agent: str | None = None, gateway: Gateway | None = None
    ) -> AsyncIterator[Tab]:
        """A page in a context of its own, closed at the end with all that it kept."""
        is_plain = user_agent is None and gateway is None
        tab = await (self._taken() if is_plain else self._opened(user_agent, gateway))
        tab.door.allowed = allowed
        try:
            yield tab
        finally:
            tab.door.allowed = None
            await _close(tab)

    async def _taken(self) -> Tab:
        """The warm tab that waits longest, or a new one if there is none that lives."""
        while self._spares:
            with contextlib.suppress(PlaywrightError, RangeError):
                tab = await self._spares.popleft()
                if self._browser is not None and tab.context.browser is self._browser and self._browser.is_connected():
                    self._warm()
                    return tab
                await _close(tab)
        self._warm()
        return await self._opened()

    def _warm(self) -> None:
        """Begin to open what is missing in the pool."""
        while len(self._spares) < self._size:
            self._spares.append(asyncio.create_task(self._opened()))

    async def _opened(self, user_agent: str | None = None, gateway: Gateway | None = None) -> Tab:
        browser = await self._running()
        door = await (gateway or self._gateway).open()
        options: dict[str, Any] = {} if user_agent is None else {"user_agent": user_agent}
        try:
            context = await browser.new_context(
                proxy={"server": door.url, "bypass": "<-loopback>"},
                service_workers="block",
                accept_downloads=False,
                viewport=VIEWPORT,
                locale="en",
                **options,
            )
            page = await context.new_page()
        except BaseException:
            await door.close()
            raise
        context.on("page", lambda other: asyncio.ensure_future(other.close()))
        return Tab(door, context, page)

    async def _running(self) -> Browser:
        async with self._starting:
            if self._browser is None or not self._browser.is_connected():
                self._browser = await self._launch()
            return self._browser

    async def _launch(self) -> Browser:
        assert self._playwright is not None and self._shut is not None  # noqa: S101, PT018 - after start only
        program = next(filter(None, map(shutil.which, NAMES)), None)
        if program is None:
            raise BrowserMissing
        try:
            return await self._playwright.chromium.launch(
                executable_path=program,
                # Chromium has no sandbox for root; run the range as another user to have it.
                chromium_sandbox=os.geteuid() != 0,
                # The worker decides when it ends: a task that runs may end, or goes back to the queue.
                handle_sigint=False,
                handle_sigterm=False,
                handle_sighup=False,
                args=[f"--proxy-server={self._shut.url}", *self._guards, *SILENCE],
            )
        except PlaywrightError as error:
            raise BrowserNotStarted(f"chromium did not start: {error.message.strip()[-500:]}") from None


async def _close(tab: Tab) -> None:
    with contextlib.suppress(PlaywrightError):
        await tab.context.close()
    await tab.door.close()
