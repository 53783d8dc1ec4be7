"""The range's provider as the solver sees it: over HTTP, with a scoped key, through the egress gate."""

import asyncio
import hashlib
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import msgspec

from captcha_range.core.late import late
from captcha_range.core.origins import parse_origin
from captcha_range.core.traces import current_trace, traceparent
from captcha_range.solver.egress import Egress
from captcha_range.solver.errors import (
    ProxyConnectTimeout,
    ProxyDenied,
    ProxyNotUnderstood,
    ProxyReadTimeout,
    ProxyRefused,
    ProxyUnauthorised,
    SitekeyUnknown,
    SolverError,
    WidgetFailed,
)
from captcha_range.solver.orders import Proxy
from captcha_range.solver.tunnels import login_header

if TYPE_CHECKING:
    import aiohttp
else:
    aiohttp = late("aiohttp")

T = TypeVar("T")

_PROVIDERS_TYPES = ("application/json", "image/jpeg")
_DENIALS = (403, 502, 503, 504)
"""How an HTTP proxy says that it will not, or cannot, reach a target (RFC 9110 §15)."""


class SiteFacts(msgspec.Struct, frozen=True):
    """What the provider tells of a registered site."""

    sitekey: str
    origins: tuple[str, ...]
    enterprise: bool


class Attestation(msgspec.Struct, frozen=True):
    """What the provider tells of a picture that it issued."""

    challenge: str
    family: str
    width: int
    height: int
    prompt_en: str
    prompt_zh: str


class ChallengeFacts(msgspec.Struct, frozen=True):
    """What the provider tells of an open challenge: for which site, on a page of which host."""

    challenge: str
    sitekey: str
    family: str
    hostname: str


class Resemblance(msgspec.Struct, frozen=True):
    """What the provider tells of a picture that it issued and that looks like another."""

    challenge: str
    family: str
    width: int
    height: int
    prompt_en: str
    prompt_zh: str
    picture: str
    distance: int


class Resemblances(msgspec.Struct, frozen=True):
    """The pictures that look like one, nearest first."""

    candidates: tuple[Resemblance, ...]


class Preflight(msgspec.Struct, frozen=True):
    """A preflight that the provider agreed to."""

    preflight: str
    region: str
    user_agent: str


class TokenFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the provider tells of a token that it issued. Times in Unix seconds."""

    verified: bool
    issued_at: float
    expires_at: float
    verified_at: float | None
    code: str | None
    why: str | None
    score: float | None
    reasons: tuple[str, ...]


class Tile(msgspec.Struct, frozen=True):
    """Where one tile lies in the picture: pixels, origin at the top left."""

    x: int
    y: int
    width: int
    height: int

    def contains(self, x: float, y: float) -> bool:
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """One round of a challenge as the widget shows it."""

    family: str
    prompt: str
    replies_with: str
    points: int
    picture: str
    tiles: tuple[Tile, ...]


class View(Round, frozen=True, kw_only=True):
    """A challenge as the widget shows it: its first round, and those that follow."""

    challenge: str
    further_rounds: tuple[Round, ...] = ()

    @property
    def rounds(self) -> tuple[Round, ...]:
        """Every round, in their order."""
        return (self, *self.further_rounds)


class Earned(msgspec.Struct, frozen=True):
    """The widget's answer to an answer; without a token it was wrong."""

    token: str | None = None
    response_key: str | None = None


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """From where and as what the solver visits the widget. `source` is an own address to connect from."""

    user_agent: str
    source: str | None = None
    proxy: Proxy | None = None


class ProviderLink:
    """Asks the provider. Every method raises WidgetFailed when the provider does not answer as it should."""

    def __init__(self, egress: Egress, url: str, key: str) -> None:
        self._egress = egress
        self._url = url
        self.origin = parse_origin(url)
        self._key = {"authorization": f"Bearer {key}"}

    async def site(self, sitekey: str) -> SiteFacts | None:
        """The site of a sitekey (a well-formed UUID), if it is registered."""
        return await self._ask(f"/range/sites/{sitekey}", SiteFacts)

    async def attest(self, digest: bytes) -> Attestation | None:
        """The challenge whose picture has this pixel digest, if the range issued it and its time is not over."""
        return await self._ask(f"/range/pictures/{digest.hex()}", Attestation)

    async def verdict(self, token: str) -> TokenFacts | None:
        """What became of a token, if the range issued it. Only its digest is sent."""
        return await self._ask(f"/range/tokens/{hashlib.sha256(token.encode()).hexdigest()}", TokenFacts)

    async def challenge(self, challenge: str) -> ChallengeFacts | None:
        """The challenge with this id, if the range issued it and it still waits for its answer."""
        return await self._ask(f"/range/challenges/{quote(challenge, safe='')}", ChallengeFacts)

    async def similar(self, likeness: bytes) -> tuple[Resemblance, ...]:
        """The unexpired challenges whose pictures look most like this perceptual hash, nearest first."""
        found = await self._ask(f"/range/pictures/similar/{likeness.hex()}", Resemblances)
        return () if found is None else found.candidates

    async def agree_preflight(self, sitekey: str) -> Preflight:
        """A new preflight. SitekeyUnknown."""
        status, body = await self._send("POST", f"/preflight/{sitekey}", Visit(user_agent="captcha-range solver"))
        if status == 404:
            raise SitekeyUnknown("sitekey: is not registered with this range's provider")
        return _decode(status, body, Preflight)

    async def check_site(self, sitekey: str, host: str, visit: Visit) -> None:
        """Load the widget on a page of `host`."""
        status, _ = await self._send("POST", "/checksiteconfig", visit, params={"sitekey": sitekey, "host": host})
        if status != 200:
            raise WidgetFailed(f"checksiteconfig answered HTTP {status}")

    async def get_challenge(self, sitekey: str, request: dict[str, Any], visit: Visit) -> View | Earned:
        """A fresh challenge, or the token of a visitor whom the site does not challenge."""
        status, body = await self._send("POST", f"/getcaptcha/{sitekey}", visit, content=request)
        spared = _decode(status, body, Earned)
        return _decode(status, body, View) if spared.token is None else spared

    async def get_picture(self, path: str, visit: Visit) -> bytes:
        """The bytes of a challenge's picture."""
        body = await self.find_picture(path, visit)
        if body is None:
            raise WidgetFailed("the picture answered HTTP 404")
        return body

    async def find_picture(self, path: str, visit: Visit) -> bytes | None:
        """The bytes of a challenge's picture; None when there is none (any more)."""
        status, body = await self._send("GET", path, visit)
        if status not in (200, 404):
            raise WidgetFailed(f"the picture answered HTTP {status}")
        return body if status == 200 else None

    async def answer(self, sitekey: str, challenge: str, replies: list[dict[str, Any]], visit: Visit) -> Earned:
        """Answer a challenge, once: a reply for each of its rounds."""
        path = f"/checkcaptcha/{sitekey}/{challenge}"
        content = {"reply": replies[0] if len(replies) == 1 else replies}
        status, body = await self._send("POST", path, visit, content=content)
        return _decode(status, body, Earned)

    async def _ask(self, path: str, kind: type[T]) -> T | None:
        visit = Visit(user_agent="captcha-range solver")
        status, body = await self._send("GET", path, visit, headers=self._key)
        return None if status == 404 else _decode(status, body, kind)

    async def _send(
        self,
        method: str,
        path: str,
        visit: Visit,
        *,
        content: Any = None,
        params: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, bytes]:
        told = {"user-agent": visit.user_agent, "traceparent": traceparent(current_trace()), **(headers or {})}
        sent: dict[str, Any] = {"headers": told, "params": params}
        if content is not None:
            sent["data"] = msgspec.json.encode(content)
            sent["headers"]["content-type"] = "application/json"
        through = visit.proxy
        try:
            if through is not None and through.kind == "socks5":
                async with self._egress.through(through, visit.source) as session:
                    return await self._fetch(session, method, path, sent)
            session = self._egress.session(visit.source)
            if through is None:
                return await self._fetch(session, method, path, sent)
            sent["headers"] |= login_header(through)
            return await self._fetch(session, method, path, {**sent, "proxy": _url_of(through)}, is_forwarded=True)
        except (aiohttp.ClientError, TimeoutError, asyncio.IncompleteReadError, OSError) as error:
            if through is not None:
                raise _failure_of_proxy(error) from error
            raise WidgetFailed(f"the provider could not be reached: {type(error).__name__}") from error

    async def _fetch(
        self,
        session: "aiohttp.ClientSession",
        method: str,
        path: str,
        sent: dict[str, Any],
        *,
        is_forwarded: bool = False,
    ) -> tuple[int, bytes]:
        """Status and body; `is_forwarded` where an HTTP proxy may have answered in the provider's stead."""
        async with session.request(method, self._url + path, allow_redirects=False, **sent) as response:
            if is_forwarded:
                _require_forwarded(response)
            return response.status, await response.read()


def _url_of(proxy: Proxy) -> str:
    host = f"[{proxy.address}]" if ":" in proxy.address else proxy.address
    return f"http://{host}:{proxy.port}"


def _require_forwarded(response: "aiohttp.ClientResponse") -> None:
    """That the provider answered: its answers have media types of their own, and it never asks for a login."""
    if response.status == 407:
        raise ProxyUnauthorised
    if response.content_type not in _PROVIDERS_TYPES:
        raise ProxyDenied if response.status in _DENIALS else ProxyNotUnderstood


def _failure_of_proxy(error: Exception) -> type[SolverError]:
    """What went wrong on the way through a proxy."""
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return ProxyConnectTimeout
    if isinstance(error, TimeoutError):
        return ProxyReadTimeout
    return ProxyRefused if isinstance(error, aiohttp.ClientConnectorError) else ProxyNotUnderstood


def _decode(status: int, body: bytes, kind: type[T]) -> T:
    if status != 200:
        raise WidgetFailed(f"the provider answered HTTP {status}: {_reason(body)}")
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as error:
        raise WidgetFailed(f"the provider's answer is not understood: {error}") from None


def _reason(body: bytes) -> str:
    try:
        return str(msgspec.json.decode(body)["error"]["message"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return "no reason given"
