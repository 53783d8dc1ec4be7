"""What a client of hcaptcha.com meets: the range's provider, under hCaptcha's names, with and without TLS."""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterable

import aiohttp
import msgspec
from aiohttp import web
from yarl import URL

from captcha_range.provider.questions import parse_fields
from captcha_range.provider.tokens import digest_of_token
from captcha_range.redirect.authority import Authority
from captcha_range.redirect.mapping import HOSTS, Kind, kind_of
from captcha_range.redirect.names import NameInvalid, is_redirected, plain_name
from captcha_range.redirect.sightings import Sightings, Verification
from captcha_range.redirect.way_out import FrontPorts

KEEP_ALIVE = 75
"""Seconds. As the provider's own."""

_LONGEST_BODY = 1024 * 1024
_HOP_BY_HOP = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "host"}
_UNCHANGED = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")
_KNOWN = "; ".join(f"{host}: {', '.join(kinds)}" for host, kinds in HOSTS.items())
_NOT_ANSWERED = (
    "captcha-range exec answers for hcaptcha.com and knows nothing at this address; nothing was forwarded. "
    f"It has {_KNOWN}"
)
_SEALED = "the run is sealed: only hcaptcha.com, which the range answers, and loopback can be reached"
_NO_RANGE = "the range does not answer; did it stop during the run?"


class Front:
    """Serves the provider at `provider_url` to clients that believe they speak to hcaptcha.com."""

    def __init__(
        self,
        provider_url: str,
        authority: Authority,
        sightings: Sightings,
        staged_fault: Callable[[], str | None] = lambda: None,
    ) -> None:
        """`staged_fault`: how the next TLS handshake with siteverify is to fail; asked once for each."""
        self._provider_url = provider_url.rstrip("/")
        self._authority = authority
        self._sightings = sightings
        self._staged_fault = staged_fault
        self._session: aiohttp.ClientSession | None = None

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[FrontPorts]:
        """Two ports of 127.0.0.1, for as long as the context lasts."""
        app = web.Application(client_max_size=_LONGEST_BODY)
        app.router.add_route("*", "/{path:.*}", self._answer)
        # A client that gives up waiting ends the provider's wait too.
        runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, keepalive_timeout=KEEP_ALIVE, shutdown_timeout=0
        )
        await runner.setup()
        # A connection for each request: a fault of the provider's belongs to one client, and is not tried again.
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        untimed = aiohttp.ClientTimeout(total=None)
        async with aiohttp.ClientSession(
            connector=connector, timeout=untimed, auto_decompress=False, skip_auto_headers=_UNCHANGED
        ) as self._session:
            context = self._authority.server_context(self._refuse, self._fault_of)
            tls = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
            plain = web.TCPSite(runner, "127.0.0.1", 0)
            await tls.start()
            await plain.start()
            try:
                yield FrontPorts(*(address[1] for address in runner.addresses))
            finally:
                await runner.shutdown()
                await runner.cleanup()

    def _refuse(self, name: str | None) -> None:
        """Only a client that was led here for another host comes with another name: a sealed one."""
        self._sightings.refused[name or "(a host that TLS did not name)"] += 1

    def _fault_of(self, name: str) -> str | None:
        """How a handshake for this name is to fail. Only hosts that have siteverify are asked about."""
        fault = self._staged_fault() if Kind.SITEVERIFY in HOSTS.get(name, ()) else None
        if fault is not None:
            self._sightings.handshakes[fault] += 1
        return fault

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        host = _host_of(request)
        if not is_redirected(host):
            self._refuse(host)
            return _error(403, "sealed", _SEALED)
        kind = kind_of(host, request.raw_path)
        if kind is None:
            self._sightings.unknown[f"{request.method} {host}{request.path}"] += 1
            return _error(404, "not_answered", _NOT_ANSWERED)
        self._sightings.answered[kind] += 1
        sent = await request.read()
        return await self._pass_on(request, sent, kind)

    async def _pass_on(self, request: web.Request, sent: bytes, kind: Kind) -> web.StreamResponse:
        assert self._session is not None  # noqa: S101 - a listening front has one
        url = URL(self._provider_url + request.raw_path, encoded=True)
        headers = _kept(request.headers.items())
        asking = self._session.request(request.method, url, data=sent, headers=headers, allow_redirects=False)
        try:
            async with asking as answer:
                return await self._relay(request, sent, answer, kind)
        except aiohttp.ClientConnectorError:
            return _error(502, "range_unreachable", _NO_RANGE)
        except aiohttp.ClientError:
            # The provider cut the connection, as a scenario may want: so does this.
            if request.transport is not None:
                request.transport.abort()
            raise ConnectionResetError from None

    async def _relay(
        self, request: web.Request, sent: bytes, answer: aiohttp.ClientResponse, kind: Kind
    ) -> web.StreamResponse:
        response = web.StreamResponse(status=answer.status, reason=answer.reason, headers=_kept(answer.headers.items()))
        await response.prepare(request)
        seen = b""
        try:
            async for chunk in answer.content.iter_any():
                seen += chunk if kind is Kind.SITEVERIFY else b""
                await response.write(chunk)
        finally:
            if kind is Kind.SITEVERIFY:
                self._note(request, sent, answer.status, seen)
        await response.write_eof()
        return response

    def _note(self, request: web.Request, sent: bytes, status: int, received: bytes) -> None:
        content_type = request.headers.get("Content-Type", "").encode("utf-8", "surrogateescape")
        fields = (
            parse_fields(sent, request.rel_url.raw_query_string.encode("utf-8", "surrogateescape"), content_type) or {}
        )
        token = fields.get("response")
        subject = digest_of_token(token).hex()[:16] if token else None
        try:
            verdict = msgspec.json.decode(received)
        except msgspec.DecodeError:
            verdict = None
        is_object = isinstance(verdict, dict)
        self._sightings.verifications.append(Verification(subject, status, verdict if is_object else None))


def _host_of(request: web.Request) -> str:
    try:
        return plain_name(URL(f"//{request.host}").host or "")
    except (ValueError, NameInvalid):
        return "(no host)"


def _kept(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers if name.lower() not in _HOP_BY_HOP]


def _error(status: int, code: str, message: str) -> web.Response:
    body = msgspec.json.encode({"success": False, "error": {"code": code, "message": message}})
    return web.Response(status=status, body=body, content_type="application/json")
