"""A page with the range's widget, as somebody in front of it uses it."""

import asyncio
import contextlib
import re
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs, urlsplit

import msgspec
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Frame, Locator, Page, Response
from playwright.async_api import TimeoutError as PlaywrightTimeout

from captcha_range.core.origins import Origin, OriginInvalid, parse_origin
from captcha_range.recognition.recogniser import Recognition
from captcha_range.solver.browser_gateway import REASON_HEADER
from captcha_range.solver.errors import WidgetFailed
from captcha_range.solver.orders import TokenOrder

_POLLING = 10
"""Milliseconds."""

_LONGEST_TOKEN = 8_192

_HEARING = 1.0
"""Seconds from when the frame shows that it has passed until the page must have been told."""

_NEXT: Final = """
last => {
  const { state, challenge, round, repliesWith, points } = document.getElementById("challenge").dataset;
  const at = `${challenge} ${round}`;
  const isNews = state === "shown" ? at !== last : ["passed", "failed", "expired", "closed"].includes(state);
  return isNews && { state, at, challenge, round, repliesWith, points };
}
"""
_TELL: Final = "([id, data]) => window.hcaptcha.setData(id, data)"
_EXECUTE: Final = "id => { window.hcaptcha.execute(id) }"
_TOLD: Final = "captchaRangeToken"
_LISTEN: Final = """
window === top && location.origin === "%s" && addEventListener("message", ({ origin, data }) => {
  if (origin === "%s" && data?.range === "passed") window.%s([data.id, data.token, data.key].map(String));
});
"""
"""Runs before the page's own scripts: whatever the page then does with the token, such as leaving, it was told."""

_EARNED: Final = "id => [window.hcaptcha.getResponse(id), window.hcaptcha.getRespKey(id)].map(String)"


class _Handed(msgspec.Struct, frozen=True):
    """What counts of the provider's answer to a request for a challenge."""

    challenge: str


class Shown(NamedTuple):
    """A round of a challenge as the frame shows it; `round` counts from 1."""

    challenge: str
    prompt: str
    replies_with: str
    points: int = 1
    round: int = 1


def is_answered(kind: str, recognised: Recognition) -> bool:
    """Whether the recogniser says what a reply of this kind needs."""
    if kind in {"points", "tiles", "position"}:
        return bool(recognised.points)
    return getattr(recognised, kind) is not None


def _clicks(shown: Shown, recognised: Recognition) -> tuple[tuple[float, float], ...]:
    """Where to click in the picture, in order: two opposite corners for a box."""
    if shown.replies_with == "box" and recognised.box is not None:
        x, y, width, height = recognised.box
        return (x, y), (x + width, y + height)
    wanted = {"points": shown.points, "position": 1}
    return recognised.points[: wanted.get(shown.replies_with)]


def _number(text: object) -> int:
    """A number that the frame shows; 1 for anything but a digit."""
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) == 1 else 1


class WidgetPage:
    """One visit of an order's page. Acts only on frames of the provider's origin, for the order's sitekey."""

    def __init__(self, page: Page, provider: Origin, order: TokenOrder, patience: float) -> None:
        """`patience`: seconds to wait for the page, for its widget, and for each answer of the widget."""
        self._page = page
        self._provider = provider
        self._order = order
        self._origin = parse_origin(order.page_url)
        self._patience = patience * 1_000
        self._widget_id = ""
        self._last = ""
        self._told: dict[str, tuple[str, str]] = {}
        self._news = asyncio.Event()
        self._handed: list[Response] = []
        self.user_agent = ""
        page.set_default_timeout(self._patience)

    async def open(self) -> None:
        """Load the page. WidgetFailed if it is not there, or leads elsewhere."""
        await self._page.expose_binding(_TOLD, self._be_told)
        await self._page.add_init_script(_LISTEN % (self._origin, self._provider, _TOLD))
        self._page.on("response", self._note)
        response = await self._page.goto(self._order.page_url, wait_until="commit")
        reason = None if response is None else response.headers.get(REASON_HEADER)
        if response is None or reason is not None:
            raise WidgetFailed(f"the page did not load: {reason}")
        if not _has_origin(self._page.url, self._origin):
            raise WidgetFailed("the page leads to another origin than the order's")
        self.user_agent = str(await self._page.evaluate("navigator.userAgent"))

    async def begin(self) -> None:
        """Ask for a challenge: click the checkbox, or execute an invisible widget. WidgetFailed."""
        checkbox = await self._frame("checkbox")
        self._widget_id = _fragment(checkbox.url)["id"]
        named = {"rqdata": self._order.rqdata, "preflight": self._order.preflight}
        data = {name: text for name, text in named.items() if text is not None}
        if data:
            await self._page.evaluate(_TELL, [self._widget_id, data])
        if self._order.invisible:
            await self._page.evaluate(_EXECUTE, self._widget_id)
        else:
            await checkbox.locator("#checkbox").click()

    async def shown(self) -> Shown | None:
        """The next round or challenge; None once the widget has passed. WidgetFailed if it ended otherwise."""
        looking, hearing = asyncio.ensure_future(self._look()), asyncio.ensure_future(self._news.wait())
        try:
            await asyncio.wait({looking, hearing}, return_when=asyncio.FIRST_COMPLETED)
            # The page may have left meanwhile, and the widget with it.
            return None if self._widget_id in self._told else await looking
        finally:
            hearing.cancel()
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)

    async def _look(self) -> Shown | None:
        frame = await self._frame("challenge")
        handle = await frame.wait_for_function(_NEXT, arg=self._last, polling=_POLLING)
        told: dict[str, Any] = await handle.json_value()
        if told["state"] == "passed":
            return None
        if told["state"] != "shown":
            raise WidgetFailed(f"the widget ended: {told['state']}")
        self._last = str(told["at"])
        challenge, prompt = str(told["challenge"]), await frame.locator("#prompt").inner_text()
        return Shown(challenge, prompt, str(told["repliesWith"]), _number(told["points"]), _number(told.get("round")))

    async def was_handed(self, shown: Shown) -> bool:
        """Whether the provider handed this challenge to this page's own challenge frame, as the browser saw it."""
        for response in self._handed:
            with contextlib.suppress(PlaywrightError, msgspec.DecodeError):
                if msgspec.json.decode(await response.body(), type=_Handed).challenge == shown.challenge:
                    return True
        return False

    async def picture(self, shown: Shown) -> bytes:
        """What the picture looks like, in CSS pixels, as PNG; the words where there is no picture to see."""
        picture = await self._in_challenge(".controls" if shown.replies_with == "choice" else "#picture")
        return await picture.screenshot(type="png", scale="css", animations="disabled")

    async def reply(self, shown: Shown, recognised: Recognition) -> None:
        """Do what the recogniser says with the controls of this kind of reply, and submit."""
        if shown.replies_with in {"number", "choice"}:
            await self._choose(recognised)
        elif shown.replies_with == "angle":
            await self._turn(recognised.angle or 0.0)
        else:
            surface = await self._in_challenge("#surface")
            for x, y in _clicks(shown, recognised):
                await surface.click(position={"x": x, "y": y})
        await (await self._in_challenge("#submit")).click()

    async def _choose(self, recognised: Recognition) -> None:
        """Click a button: the one that shows the number, or the one at the place of the choice."""
        buttons = await self._in_challenge(".controls button")
        if recognised.number is not None:
            await buttons.filter(has_text=re.compile(rf"^{recognised.number}$")).click()
        else:
            await buttons.nth(recognised.choice or 0).click()

    async def _turn(self, angle: float) -> None:
        """Set the slider to whole degrees clockwise, within one turn."""
        slider = await self._in_challenge(".controls input")
        await slider.fill(str(round(angle) % 360))

    async def skip(self) -> None:
        """Ask for another challenge."""
        await (await self._in_challenge("#refresh")).click()

    async def earned(self) -> tuple[str, str]:
        """The token and its key; empty texts if there is none."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_HEARING):
                await self._news.wait()
        told = self._told.get(self._widget_id)
        token, key = told or await self._page.evaluate(_EARNED, self._widget_id)
        if len(token) > _LONGEST_TOKEN or len(key) > _LONGEST_TOKEN:
            raise WidgetFailed("the page's token is longer than any of the provider's")
        return token, key

    def _be_told(self, source: dict[str, Any], told: list[str]) -> None:
        """Take the token as the widget gives it to the page of the order's origin."""
        if source["frame"] == self._page.main_frame:
            widget_id, token, key = told
            self._told.setdefault(widget_id, (token, key))
            self._news.set()

    def _note(self, response: Response) -> None:
        """Keep the provider's answers to the challenge frame's requests for challenges."""
        path = f"/getcaptcha/{self._order.sitekey.lower()}"
        if (
            _has_origin(response.url, self._provider)
            and urlsplit(response.url).path.lower() == path
            and self._is_own(response.frame, "challenge")
        ):
            self._handed.append(response)

    async def _in_challenge(self, selector: str) -> Locator:
        return (await self._frame("challenge")).locator(selector)

    async def _frame(self, name: str) -> Frame:
        """The widget's frame of that name, once it is there. WidgetFailed."""
        try:
            async with asyncio.timeout(self._patience / 1_000):
                while True:
                    found = next((frame for frame in self._page.frames if self._is_own(frame, name)), None)
                    if found is not None:
                        return found
                    await self._page.wait_for_event("framenavigated")
        except (TimeoutError, PlaywrightTimeout):
            raise WidgetFailed(f"the page shows no {name} frame of the range's provider for this sitekey") from None

    def _is_own(self, frame: Frame, name: str) -> bool:
        """Whether it is the range's own: by the address that the browser loaded, whatever the page says of it."""
        if frame.parent_frame != self._page.main_frame or not _has_origin(frame.url, self._provider):
            return False
        fragment = _fragment(frame.url)
        return (
            urlsplit(frame.url).path.lower() == f"/widget/{self._order.sitekey.lower()}/hcaptcha.html"
            and fragment.get("frame") == name
            and fragment.get("id") == (self._widget_id or fragment.get("id"))
        )


def _has_origin(url: str, origin: Origin) -> bool:
    try:
        return parse_origin(url) == origin
    except OriginInvalid:
        return False


def _fragment(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).fragment).items()}
