"""The widget's own HTTP protocol: check the site, get a challenge, answer it, receive a response token."""

import sqlite3
from typing import Annotated

import msgspec
import numpy as np

from captcha_range.challenges.family import Reply
from captcha_range.core.clock import Clock
from captcha_range.core.errors import RangeError
from captcha_range.core.origins import OriginInvalid, parse_origin
from captcha_range.core.regions import Regions
from captcha_range.core.sqlite import Database
from captcha_range.provider import tokens
from captcha_range.provider.issued import Issued, View
from captcha_range.provider.observation import Observation, Opening, Passage
from captcha_range.provider.preflights import Preflight, Preflights
from captcha_range.provider.risk import Evidence, assess
from captcha_range.provider.risk_rules import RULES
from captcha_range.provider.sites import Site, Sites, SiteUnknown
from captcha_range.provider.test_keys import TEST_SITES

ShortText = Annotated[str, msgspec.Meta(max_length=2_048)]


SPOT_CHECKS = 0.001
"""The share of visitors whom no risk rule suspects, and whom a `mostly_passive` site challenges all the same."""


class OriginRefused(RangeError):
    """The page's origin is not one of the site's; register it exactly, with scheme, host and port."""

    code = "origin_refused"


class ChallengeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What the widget sends to get a challenge. `origin`: the page's, or its whole URL.

    `host`: by which of the site's hosts the page goes (the script's parameter), if not by its own.
    """

    origin: ShortText
    host: Annotated[str, msgspec.Meta(max_length=253)] | None = None
    language: Annotated[str, msgspec.Meta(max_length=35)] = "en"
    preflight: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    rqdata: Annotated[str, msgspec.Meta(max_length=16_384)] | None = None
    invisible: bool = False


class AnswerRequest(msgspec.Struct, frozen=True):
    """What the widget sends when the visitor has answered."""

    reply: Reply


class Pass(msgspec.Struct, frozen=True, kw_only=True):
    """A response token and the key that goes with it; `expires_in` in seconds."""

    token: str
    response_key: str
    expires_in: int


class Visitor(msgspec.Struct, frozen=True):
    """Who sent a request: the address of the connection and the User-Agent header."""

    address: str
    user_agent: str


class Widget:
    """The provider's side of the widget."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        regions: Regions,
        sites: Sites,
        issued: Issued,
        preflights: Preflights,
        stream: np.random.Generator,
    ) -> None:
        """`stream` draws whom a `mostly_passive` site challenges."""
        self._database = database
        self._clock = clock
        self._regions = regions
        self._sites = sites
        self._issued = issued
        self._preflights = preflights
        self._stream = stream

    def check_site(self, sitekey: str, host: str) -> bool:
        """Whether a page on `host` (a bare host name) may show the widget of this site."""
        if sitekey.lower() in TEST_SITES:
            return True
        site = self._sites.find(sitekey)
        return site is not None and host.lower() in _hosts(site)

    async def open(self, sitekey: str, request: ChallengeRequest, visitor: Visitor) -> View | Pass:
        """A fresh challenge, or the pass of somebody who needs none. SiteUnknown, OriginRefused."""
        test_site = TEST_SITES.get(sitekey.lower())
        if test_site is not None:
            return Pass(token=test_site.token, response_key="", expires_in=int(tokens.LIFETIME))
        site, host = self._admit(sitekey, request)
        terms = None if request.preflight is None else self._preflights.recall(request.preflight, site.sitekey)
        opening = Opening(
            loaded=self._observe(visitor),
            preflight_named=request.preflight is not None,
            preflight=terms,
            rqdata=request.rqdata is not None,
        )
        if self._lets_pass(site, opening):
            passage = Passage(msgspec.structs.replace(opening, passive=True), opening.loaded)
            return _pass(await self._database.write(lambda c: tokens.mint(c, site.sitekey, host, passage)))
        return await self._issued.issue(site, host, request.language, opening)

    async def answer(self, sitekey: str, challenge: str, request: AnswerRequest, visitor: Visitor) -> Pass | None:
        """The token for a right answer, None for a wrong one. ChallengeUnanswerable."""
        site = self._sites.find(sitekey)
        if site is None:
            raise SiteUnknown("sitekey: no such site")
        answered = self._observe(visitor)

        def judge_and_mint(connection: sqlite3.Connection) -> str | None:
            judged = self._issued.judge(connection, site.sitekey, challenge, request.reply, answered)
            if not judged.passed:
                return None
            return tokens.mint(connection, site.sitekey, judged.hostname, judged.passage)

        token = await self._database.write(judge_and_mint)
        return None if token is None else _pass(token)

    async def agree_preflight(self, sitekey: str) -> Preflight:
        """A new preflight for a site. SiteUnknown."""
        site = self._sites.find(sitekey)
        if site is None:
            raise SiteUnknown("sitekey: no such site")
        return await self._preflights.agree(site.sitekey)

    def _lets_pass(self, site: Site, opening: Opening) -> bool:
        """Whether the site's mode spares this visitor a challenge."""
        if site.mode != "mostly_passive":
            return site.mode == "passive"
        so_far = Passage(msgspec.structs.replace(opening, passive=True), opening.loaded)
        return not assess(Evidence(so_far), RULES).findings and self._stream.random() >= SPOT_CHECKS

    def _admit(self, sitekey: str, request: ChallengeRequest) -> tuple[Site, str]:
        """The site, and the host by which its page goes."""
        site = self._sites.find(sitekey)
        if site is None:
            raise SiteUnknown("sitekey: no such site")
        try:
            origin = parse_origin(request.origin)
        except OriginInvalid as error:
            raise OriginRefused(f"origin: {error}") from None
        if str(origin) not in site.origins:
            raise OriginRefused("origin: not one of the site's; register it exactly, with scheme, host and port")
        if request.host is None:
            return site, origin.host
        if request.host.lower() not in _hosts(site):
            raise OriginRefused("host: not the host of one of the site's origins; register its origin, or leave it out")
        return site, request.host.lower()

    def _observe(self, visitor: Visitor) -> Observation:
        region = self._regions.of(visitor.address)
        return Observation(self._clock.now(), visitor.address, region, visitor.user_agent)


def _hosts(site: Site) -> set[str]:
    return {parse_origin(origin).host for origin in site.origins}


def _pass(token: str) -> Pass:
    return Pass(token=token, response_key=tokens.new_response_key(), expires_in=int(tokens.LIFETIME))
