"""The browser worker: opens the order's page in Chromium and uses the widget as a person would, by its picture."""

import asyncio
from typing import Final

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from captcha_range.core.lab_nets import Fence
from captcha_range.core.origins import parse_origin
from captcha_range.core.pixels import PictureInvalid, decode_picture
from captcha_range.core.regions import Regions
from captcha_range.core.traces import current_trace
from captcha_range.recognition.recogniser import Recogniser, Recognition
from captcha_range.solver.browser_gateway import Gateway, Pass, Trail
from captcha_range.solver.effort import Effort
from captcha_range.solver.errors import FamilyUnsupported, TimedOut, Unsolvable, WidgetFailed
from captcha_range.solver.orders import Solution, TokenOrder
from captcha_range.solver.provider_link import ProviderLink
from captcha_range.solver.workers.canary import send_canary
from captcha_range.solver.workers.chromium import Chromium
from captcha_range.solver.workers.widget_page import Shown, WidgetPage, is_answered

MAX_TRIES = 12
"""Fresh challenges that one task may use up."""

REPLY_KINDS: Final = frozenset({"points", "tiles", "number", "position", "angle", "box", "choice"})
"""The kinds of reply whose controls it uses."""

WALL_LIMIT = 60.0
"""Seconds for one task (spec/solver §7); the lease is longer, so that there is time to close the page."""

PATIENCE = 10.0
"""Seconds for the page, for its widget, and for each answer of the widget."""


class BrowserWorker:
    """Solves orders in a real browser, with a recogniser for an eye. Start it before, stop it after."""

    def __init__(
        self,
        link: ProviderLink,
        fence: Fence,
        regions: Regions,
        recogniser: Recogniser,
        *,
        gateway: Gateway | None = None,
        patience: float = PATIENCE,
        slots: int = 1,
    ) -> None:
        """`slots`: how many tasks it gets at the same time, and so how many contexts it keeps warm."""
        self._link = link
        self._regions = regions
        self._recogniser = recogniser
        self._patience = patience
        self._chromium = Chromium(gateway or Gateway(fence), spares=slots)

    async def start(self) -> None:
        """Launch Chromium and send the canary. BrowserMissing, BrowserNotStarted, LeakFound."""
        await self._chromium.start()
        try:
            await send_canary(self._chromium)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        await self._chromium.stop()

    async def solve(self, order: TokenOrder) -> Solution:
        """A token for the order.

        Unsolvable after `MAX_TRIES` challenges, FamilyUnsupported, TimedOut, WidgetFailed, or what went wrong with
        the order's proxy.
        """
        try:
            async with asyncio.timeout(WALL_LIMIT):
                return await self._solve(order)
        except TimeoutError:
            raise TimedOut from None
        except PlaywrightError as error:
            raise WidgetFailed(f"the browser: {error.message.splitlines()[0]}") from None

    async def _solve(self, order: TokenOrder) -> Solution:
        allowed = await self._pass(order)
        async with self._chromium.tab(allowed, order.user_agent) as tab:
            try:
                return await self._visit(tab.page, order, allowed)
            except (WidgetFailed, PlaywrightError) as error:
                # Whatever the page lacks because its proxy does not lead on is the proxy's failure.
                raise tab.door.failure or error from None

    async def _visit(self, page: Page, order: TokenOrder, allowed: Pass) -> Solution:
        widget = WidgetPage(page, self._link.origin, order, self._patience)
        await widget.open()
        await widget.begin()
        tries = await self._practise(widget, order)
        token, key = await widget.earned()
        if not token:
            raise WidgetFailed("the widget passed, but its page has no token")
        return Solution(token, key, widget.user_agent, Effort("browser", tries, allowed.source))

    async def _pass(self, order: TokenOrder) -> Pass:
        """What the order's page may reach. WidgetFailed if it is no (longer a) page of the site."""
        site = await self._link.site(order.sitekey)
        if site is None or str(parse_origin(order.page_url)) not in site.origins:
            raise WidgetFailed("the page is not one of the site's registered origins")
        return Pass(
            source=None if order.region is None else self._regions.source_address(order.region),
            proxy=order.proxy,
            trail=Trail(current_trace(), self._link.origin.host, self._link.origin.port),
            names=frozenset([self._link.origin.host, *(parse_origin(origin).host for origin in site.origins)]),
        )

    async def _practise(self, widget: WidgetPage, order: TokenOrder) -> int:
        """Answer challenges, round by round, until the widget passes; how many it took."""
        tries = 0
        while (shown := await widget.shown()) is not None:
            if shown.round == 1:
                tries += 1
            if tries > MAX_TRIES:
                raise Unsolvable(f"none of {MAX_TRIES} challenges was answered rightly")
            await self._require_attested(widget, shown, order)
            await self._try_once(widget, shown)
        return tries

    async def _require_attested(self, widget: WidgetPage, shown: Shown, order: TokenOrder) -> None:
        """The boundary's fourth layer: the provider must have issued the challenge to this visit, for this very page.

        It attests site, host and family; to whom, only the visit itself can know: it was the one to be handed it.
        FamilyUnsupported if the recogniser does not know the family.
        """
        if not await widget.was_handed(shown):
            raise WidgetFailed("the challenge in the frame was not issued to this visit")
        facts = await self._link.challenge(shown.challenge)
        host = parse_origin(order.page_url).host
        if facts is None or (facts.sitekey, facts.hostname) != (order.sitekey.lower(), host):
            raise WidgetFailed("the challenge in the frame was not issued by this range for this page")
        if facts.family not in self._recogniser.families:
            raise FamilyUnsupported(f"the recogniser {self._recogniser.name} does not know this family of challenges")

    async def _try_once(self, widget: WidgetPage, shown: Shown) -> None:
        if shown.replies_with not in REPLY_KINDS:
            raise FamilyUnsupported("the browser worker knows no controls for this kind of reply")
        picture = await widget.picture(shown)
        recognised = await asyncio.to_thread(self._look, picture, shown.prompt)
        if recognised is None or not is_answered(shown.replies_with, recognised):
            await widget.skip()
        else:
            await widget.reply(shown, recognised)

    def _look(self, picture: bytes, prompt: str) -> Recognition | None:
        try:
            return self._recogniser.recognise(decode_picture(picture), prompt)
        except PictureInvalid as error:
            raise WidgetFailed(str(error)) from None
