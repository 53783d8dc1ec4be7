"""The protocol worker: speaks the widget's own HTTP protocol, as plain automation without a browser."""

import asyncio
from typing import Any

import msgspec

from captcha_range.core.origins import parse_origin
from captcha_range.core.pixels import PictureInvalid, decode_picture
from captcha_range.core.regions import Regions
from captcha_range.recognition.recogniser import Recogniser, Recognition
from captcha_range.solver.effort import Effort
from captcha_range.solver.errors import FamilyUnsupported, SolverError, Unsolvable, WidgetFailed
from captcha_range.solver.orders import Solution, TokenOrder
from captcha_range.solver.provider_link import Earned, ProviderLink, Round, Visit

MAX_TRIES = 12
"""Fresh challenges that one task may use up."""

USER_AGENT = "Mozilla/5.0 (compatible; captcha-range protocol worker)"


class ProtocolWorker:
    """Solves orders over HTTP, with a recogniser for an eye."""

    def __init__(self, link: ProviderLink, regions: Regions, recogniser: Recogniser) -> None:
        self._link = link
        self._regions = regions
        self._recogniser = recogniser

    async def solve(self, order: TokenOrder) -> Solution:
        """A token for the order.

        Unsolvable after `MAX_TRIES` challenges, FamilyUnsupported at the first whose family the recogniser does
        not know, WidgetFailed if the widget misbehaves.
        """
        visit = Visit(
            user_agent=order.user_agent or USER_AGENT,
            source=None if order.region is None else self._regions.source_address(order.region),
            proxy=order.proxy,
        )
        tries = 0
        try:
            await self._link.check_site(order.sitekey, parse_origin(order.page_url).host, visit)
            while tries < MAX_TRIES:
                tries += 1
                solution = await self._try_once(order, visit)
                if solution is not None:
                    return msgspec.structs.replace(solution, effort=_effort(tries, visit))
            raise Unsolvable(f"none of {MAX_TRIES} challenges was answered rightly")
        except SolverError as error:
            error.effort = _effort(tries, visit)
            raise

    async def _try_once(self, order: TokenOrder, visit: Visit) -> Solution | None:
        view = await self._link.get_challenge(order.sitekey, _challenge_request(order), visit)
        if isinstance(view, Earned):
            if not view.response_key:
                raise WidgetFailed("an official test sitekey has a constant for a token; nothing is earned")
            return _solution(view, visit)
        if not {each.family for each in view.rounds} <= self._recogniser.families:
            raise FamilyUnsupported(f"the recogniser {self._recogniser.name} does not know this family of challenges")
        replies = []
        for each in view.rounds:
            picture = await self._link.get_picture(each.picture, visit)
            recognised = await asyncio.to_thread(self._look, picture, each.prompt)
            if recognised is None:
                return None
            replies.append(_reply(each, recognised))
        earned = await self._link.answer(order.sitekey, view.challenge, replies, visit)
        return _solution(earned, visit)

    def _look(self, picture: bytes, prompt: str) -> Recognition | None:
        try:
            return self._recogniser.recognise(decode_picture(picture), prompt)
        except PictureInvalid as error:
            raise WidgetFailed(str(error)) from None


def _solution(earned: Earned, visit: Visit) -> Solution | None:
    return None if earned.token is None else Solution(earned.token, earned.response_key or "", visit.user_agent)


def _effort(tries: int, visit: Visit) -> Effort:
    return Effort("protocol", tries, visit.source)


def _challenge_request(order: TokenOrder) -> dict[str, Any]:
    return {
        "origin": order.page_url,
        "language": "en",
        "preflight": order.preflight,
        "rqdata": order.rqdata,
        "invisible": order.invisible,
    }


def _reply(asked: Round, recognised: Recognition) -> dict[str, Any]:
    """What the widget sends for this round when somebody follows the recogniser."""
    if asked.replies_with == "points":
        return {"points": recognised.points[: asked.points]}
    if asked.replies_with == "position":
        return {"position": recognised.points[0]}
    if asked.replies_with != "tiles":
        return {asked.replies_with: getattr(recognised, asked.replies_with, None)}
    chosen = {number for x, y in recognised.points for number, tile in enumerate(asked.tiles) if tile.contains(x, y)}
    return {"tiles": sorted(chosen)}
