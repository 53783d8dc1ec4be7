"""The widget's own HTTP protocol: check the site, get a challenge, answer it, receive a response token."""

import contextlib
import sqlite3
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import msgspec

from captcha_range.challenges.family import Reply
from captcha_range.core import journal
from captcha_range.core.errors import RangeError
from captcha_range.core.origins import OriginInvalid, parse_origin
from captcha_range.core.regions import Regions
from captcha_range.core.sqlite import Database
from captcha_range.core.traces import traced_facts
from captcha_range.provider import tokens
from captcha_range.provider.answered import Answered
from captcha_range.provider.calls import Calls
from captcha_range.provider.issued import ChallengeUnanswerable, Issued, Judgement, View
from captcha_range.provider.magic_keys import MAGIC_SITEKEYS, MAGIC_SITES, token_of_sitekey
from captcha_range.provider.meters import Meters
from captcha_range.provider.namespaces import Namespaces
from captcha_range.provider.observation import Observation, Opening, Passage
from captcha_range.provider.preflights import Preflight, Preflights
from captcha_range.provider.risk import Evidence, assess
from captcha_range.provider.risk_rules import RULES
from captcha_range.provider.scenarios import CHECKCAPTCHA, GETCAPTCHA
from captcha_range.provider.sites import Site, Sites, SiteUnknown, hosts_of
from captcha_range.provider.test_keys import TEST_SITES
from captcha_range.provider.watch import Watched, warnings
from captcha_range.provider.watch_rules import WATCHES

if TYPE_CHECKING:
    import numpy as np

ShortText = Annotated[str, msgspec.Meta(max_length=2_048)]


SPOT_CHECKS = 0.001
"""The share of visitors whom no risk rule suspects, and whom a `mostly_passive` site challenges all the same."""


class OriginRefused(RangeError):
    """The page's origin is not one of the site's; register it exactly, with scheme, host and port."""

    code = "origin_refused"


class ChallengeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What the widget sends to get a challenge. `origin`: the page's, or its whole URL.

    `host`: by which of the site's hosts the page goes (the script's parameter), if not by its own.
    `text`: a question in words, which a person can answer who does not see the picture.
    `webdriver` is `navigator.webdriver`, by which a browser declares that a program steers it.
    """

    origin: ShortText
    host: Annotated[str, msgspec.Meta(max_length=253)] | None = None
    language: Annotated[str, msgspec.Meta(max_length=35)] = "en"
    preflight: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    rqdata: Annotated[str, msgspec.Meta(max_length=16_384)] | None = None
    invisible: bool = False
    text: bool = False
    webdriver: bool = False


class AnswerRequest(msgspec.Struct, frozen=True):
    """What the widget sends when the visitor has answered: a reply, or a list with one for each round."""

    reply: Reply | tuple[Reply, ...]

    @property
    def replies(self) -> tuple[Reply, ...]:
        """The reply to each round."""
        return (self.reply,) if isinstance(self.reply, Reply) else self.reply


class Pass(msgspec.Struct, frozen=True, kw_only=True):
    """A response token and the key that goes with it; `expires_in` in seconds."""

    token: str
    response_key: str
    expires_in: int


class Visitor(msgspec.Struct, frozen=True):
    """Who sent a request: the address of the connection and the User-Agent header.

    `language` and `client_hints`: digests of Accept-Language and of the client hints.
    """

    address: str
    user_agent: str
    language: str = ""
    client_hints: str = ""


class Widget:
    """The provider's side of the widget."""

    def __init__(
        self,
        database: Database,
        namespaces: Namespaces,
        regions: Regions,
        sites: Sites,
        issued: Issued,
        preflights: Preflights,
        calls: Calls,
        meters: Meters,
        stream: "Callable[[], np.random.Generator]",
    ) -> None:
        """`stream` gives the stream, always the same one, that draws whom a `mostly_passive` site challenges."""
        self._database = database
        self._namespaces = namespaces
        self._regions = regions
        self._sites = sites
        self._issued = issued
        self._preflights = preflights
        self._calls = calls
        self._meters = meters
        self._stream = stream

    async def check_site(self, sitekey: str, host: str) -> bool:
        """Whether a page on `host` (a bare host name) may show the widget of this site."""
        if sitekey.lower() in TEST_SITES or sitekey.lower() in MAGIC_SITES:
            return True
        site = self._sites.find(sitekey)
        hosts = [] if site is None else sorted(hosts_of(site.origins))
        passed = host.lower() in hosts
        if passed and site is not None and site.mode == "always_challenge":
            self._issued.expect(site)
        if not passed:
            known = "there is no site with this sitekey" if site is None else f"its pages are on {', '.join(hosts)}"
            why = f"a page on another host asked; {known}"
            await self._note("SiteRefused", "checksiteconfig", site, "sitekey-host-mismatch", why)
        return passed

    async def open(
        self, sitekey: str, request: ChallengeRequest, visitor: Visitor, *, passive: bool | None = None
    ) -> View | Pass:
        """A fresh challenge, or the pass of somebody who needs none. SiteUnknown, OriginRefused.

        `passive` True gives a token at once and False a challenge, whatever the site's mode.
        """
        constant = self._constant(sitekey.lower())
        if constant is not None:
            return constant
        try:
            site, hostname = self._admit(sitekey, request)
        except (SiteUnknown, OriginRefused) as error:
            why = f"{error}{self._nearest(sitekey, request.origin)}"
            await self._note("ChallengeRefused", "getcaptcha", self._sites.find(sitekey), error.code, why)
            raise
        opening = self._opening(site, request, visitor)
        if self._lets_pass(site, opening) if passive is None else passive:
            passage = Passage(opening, opening.loaded, passive=True)
            return await self._pass_at_once(site, hostname, passage)
        return await self._issued.issue(site, hostname, request.language, opening, in_words=request.text)

    async def answer(self, sitekey: str, challenge: str, request: AnswerRequest, visitor: Visitor) -> Pass | None:
        """The token for a right answer, None for a wrong one. ChallengeUnanswerable, SiteUnknown."""
        site = self._find(sitekey)
        if site is None:
            await self._note("AnswerRefused", "checkcaptcha", None, SiteUnknown.code, "sitekey: no such site")
            raise SiteUnknown("sitekey: no such site")
        answered, trace = self._observe(visitor, site.namespace), traced_facts({})
        key = tokens.new_response_key()
        account = b"" if site.sitekey in MAGIC_SITES else self._sites.secret_digest(site)

        def judge_and_mint(connection: sqlite3.Connection) -> str | None:
            judged = self._issued.judge(connection, site.sitekey, challenge, request.replies, answered, trace)
            if site.sitekey in MAGIC_SITES:
                return token_of_sitekey(site.sitekey) if judged.passed else None
            passage = self._compare(connection, site, judged, request.replies, account)
            return _mint(connection, site, judged.hostname, passage, key) if judged.passed else None

        try:
            token = await self._database.write(judge_and_mint)
        except ChallengeUnanswerable as error:
            why = self._issued.why_unanswerable(site.sitekey, challenge)
            await self._note("AnswerRefused", "checkcaptcha", site, error.code, why)
            raise
        self._meters.answered.add("failed" if token is None else "passed")
        return None if token is None else Pass(token=token, response_key=key, expires_in=int(tokens.LIFETIME))

    async def agree_preflight(self, sitekey: str) -> Preflight:
        """A new preflight for a site. SiteUnknown."""
        site = self._sites.find(sitekey)
        if site is None:
            raise SiteUnknown("sitekey: no such site")
        return await self._preflights.agree(site.sitekey, self._namespaces.ahead(site.namespace))

    async def _pass_at_once(self, site: Site, hostname: str, passage: Passage) -> Pass:
        key = tokens.new_response_key()
        facts = traced_facts({"call": "getcaptcha", "sitekey": site.sitekey})

        def mint(connection: sqlite3.Connection) -> str:
            journal.append(connection, self._namespaces.now(""), "PassedAtOnce", site.sitekey, facts)
            return _mint(connection, site, hostname, passage, key)

        token = await self._database.write(mint)
        return Pass(token=token, response_key=key, expires_in=int(tokens.LIFETIME))

    def _compare(
        self,
        connection: sqlite3.Connection,
        site: Site,
        judged: Judgement,
        replies: tuple[Reply, ...],
        account: bytes,
    ) -> Passage:
        """The passage with what else was seen of late; warns if nobody verifies what the site's visitors earn."""
        passage, traffic = judged.passage, self._namespaces.traffic(site.namespace)
        asked, answered = passage.opening.loaded, passage.answered
        answer = Answered(site.sitekey, judged.family, asked, answered, replies, judged.passed)
        unverified = Watched(unverified=traffic.unverified(site.sitekey, answered.at))
        told = warnings(unverified, WATCHES)
        if told and traffic.may_warn(site.sitekey, answered.at):
            facts = {"call": "checkcaptcha", "sitekey": site.sitekey, "warnings": told}
            journal.append(connection, self._namespaces.now(""), "SiteWarned", site.sitekey, facts)
        return msgspec.structs.replace(passage, circumstances=traffic.answered(answer, account))

    def _find(self, sitekey: str) -> Site | None:
        return self._sites.find(sitekey) or MAGIC_SITES.get(sitekey.lower())

    def _constant(self, sitekey: str) -> Pass | None:
        """What an official or magic sitekey gives without a challenge."""
        if sitekey in TEST_SITES:
            return constant_pass(TEST_SITES[sitekey].token)
        scenario = MAGIC_SITEKEYS.get(sitekey)
        if scenario is None or not (scenario.passive or scenario.at not in (GETCAPTCHA, CHECKCAPTCHA)):
            return None
        return constant_pass(token_of_sitekey(sitekey))

    def _lets_pass(self, site: Site, opening: Opening) -> bool:
        """Whether the site's mode spares this visitor a challenge."""
        if site.mode != "mostly_passive":
            return site.mode == "passive"
        so_far = Passage(opening, opening.loaded, passive=True)
        return not assess(Evidence(so_far), RULES).findings and self._stream().random() >= SPOT_CHECKS

    def _admit(self, sitekey: str, request: ChallengeRequest) -> tuple[Site, str]:
        """The site, and the host by which its page goes."""
        site = self._find(sitekey)
        if site is None:
            raise SiteUnknown("sitekey: no such site")
        try:
            origin = parse_origin(request.origin)
        except OriginInvalid as error:
            raise OriginRefused(f"origin: {error}") from None
        if str(origin) not in site.origins and site.sitekey not in MAGIC_SITES:
            raise OriginRefused("origin: not one of the site's; register it exactly, with scheme, host and port")
        if request.host is None:
            return site, origin.host
        if request.host.lower() not in hosts_of(site.origins):
            raise OriginRefused("host: not the host of one of the site's origins; register its origin, or leave it out")
        return site, request.host.lower()

    def _nearest(self, sitekey: str, page: str) -> str:
        """What a refused page would have to be, for the journal."""
        site = self._sites.find(sitekey)
        if site is None:
            return ""
        with contextlib.suppress(OriginInvalid):
            return f"; the page's is {parse_origin(page)}, the site's are {', '.join(site.origins)}"
        return f"; the site's are {', '.join(site.origins)}"

    def _opening(self, site: Site, request: ChallengeRequest, visitor: Visitor) -> Opening:
        terms, ahead = None, self._namespaces.ahead(site.namespace)
        if request.preflight is not None:
            terms = self._preflights.recall(request.preflight, site.sitekey, ahead)
        return Opening(
            loaded=self._observe(visitor, site.namespace),
            preflight_named=request.preflight is not None,
            preflight=terms,
            rqdata=request.rqdata is not None,
            webdriver=request.webdriver,
        )

    def _observe(self, visitor: Visitor, namespace: str) -> Observation:
        region = self._regions.of(visitor.address)
        return Observation(
            self._namespaces.now(namespace),
            visitor.address,
            region,
            visitor.user_agent,
            visitor.language,
            visitor.client_hints,
        )

    async def _note(self, event: str, call: str, site: Site | None, code: str, why: str) -> None:
        sitekey = None if site is None else site.sitekey
        await self._calls.note(event, call, {"call": call, "sitekey": sitekey, "code": code, "why": why})


def constant_pass(token: str) -> Pass:
    """What a test sitekey gives: its token, and no response key."""
    return Pass(token=token, response_key="", expires_in=int(tokens.LIFETIME))


def _mint(connection: sqlite3.Connection, site: Site, hostname: str, passage: Passage, key: str) -> str:
    if "ekey" in site.details:
        passage = msgspec.structs.replace(passage, response_key=key)
    return tokens.mint(connection, site.sitekey, hostname, passage, site.token_length)
