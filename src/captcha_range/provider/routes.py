"""Every URL of the provider on one screen, with thin handlers: parse, one call, render."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from captcha_range.core import journal
from captcha_range.core.bodies import BodyInvalid, BodyTooLarge, decode_json, read_body
from captcha_range.core.errors import RangeError
from captcha_range.core.keys import KeyRefused
from captcha_range.core.origins import OriginInvalid
from captcha_range.core.sqlite import StoreUnavailable
from captcha_range.provider import web
from captcha_range.provider.issued import ChallengeUnanswerable
from captcha_range.provider.plane import Provider
from captcha_range.provider.sites import SiteInvalid, SiteOrder, SiteUnknown, plan_site
from captcha_range.provider.siteverify import parse_fields, refused
from captcha_range.provider.widget import AnswerRequest, ChallengeRequest, OriginRefused, Visitor

_STATUS: dict[type[RangeError], int] = {
    BodyInvalid: 400,
    BodyTooLarge: 413,
    ChallengeUnanswerable: 409,
    KeyRefused: 401,
    OriginRefused: 403,
    SiteInvalid: 422,
    SiteUnknown: 404,
    StoreUnavailable: 503,
}
_INDEX = """captcha-range provider

POST /siteverify                    for a site's server; the official test keys work at once
GET  /1/api.js                      for a site's pages: the widget
POST /checksiteconfig               for the widget
POST /getcaptcha/{sitekey}
POST /checkcaptcha/{sitekey}/{challenge}

A sitekey and a secret come from: captcha-range sites add --origin http://127.0.0.1:5000
"""
_encode = msgspec.json.Encoder().encode
Handler = Callable[[Request], Awaitable[Response]]


def create_app(provider: Provider) -> ASGIApp:
    """The provider's ASGI application."""
    api = Handlers(provider)
    admin, solver = api.guarded("admin"), api.guarded("solver")
    routes = [
        Route("/1/api.js", api.script, methods=["GET"]),
        Route("/1/secure-api.js", api.script, methods=["GET"]),
        Route("/widget/{file}", api.widget_file, methods=["GET"]),
        Route("/widget/{sitekey}/hcaptcha.html", api.widget_frame, methods=["GET"]),
        Route("/checksiteconfig", _for_any_page(api.check_site), methods=["POST", "GET"]),
        Route("/getcaptcha/{sitekey}", _for_any_page(api.get_captcha), methods=["POST"]),
        Route("/picture/{picture}.jpg", api.picture, methods=["GET"]),
        Route("/checkcaptcha/{sitekey}/{challenge}", _for_any_page(api.check_captcha), methods=["POST"]),
        Route("/preflight/{sitekey}", api.preflight, methods=["POST"]),
        Route("/range/sites/{sitekey}", solver(api.site_facts), methods=["GET"]),
        Route("/range/challenges/{challenge}", solver(api.challenge_facts), methods=["GET"]),
        Route("/range/pictures/similar/{likeness}", solver(api.similar), methods=["GET"]),
        Route("/range/pictures/{digest}", solver(api.attest), methods=["GET"]),
        Route("/range/tokens/{digest}", solver(api.token_facts), methods=["GET"]),
        Route("/admin/sites", admin(api.list_sites), methods=["GET"]),
        Route("/admin/sites", admin(api.add_site), methods=["POST"]),
        Route("/admin/sites/{sitekey}", admin(api.remove_site), methods=["DELETE"]),
        Route("/admin/sites/{sitekey}/challenges", admin(api.list_challenges), methods=["GET"]),
        Route("/admin/clock", admin(api.advance_clock), methods=["POST"]),
        Route("/admin/journal", admin(api.read_journal), methods=["GET"]),
        Route("/health", api.health, methods=["GET"]),
        Route("/", api.index, methods=["GET"]),
    ]
    handlers: dict[Any, Any] = {RangeError: _render_error}
    slow = Starlette(routes=routes, exception_handlers=handlers)
    return _with_siteverify(provider, slow)


def _with_siteverify(provider: Provider, others: ASGIApp) -> ASGIApp:
    """The hottest route as raw ASGI; the framework costs more than the verification (design §4)."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in ("/siteverify", "/siteverify/"):
            await others(scope, receive, send)
        elif scope["method"] not in ("POST", "GET"):
            await _send_json(send, 405, refused("bad-request"), (b"allow", b"POST, GET"))
        else:
            await _send_json(send, *await _siteverify(provider, scope, receive))

    return app


async def _siteverify(provider: Provider, scope: Scope, receive: Receive) -> tuple[int, Any]:
    try:
        body = await read_body(receive)
    except (BodyTooLarge, BodyInvalid):
        return 200, refused("bad-request")
    fields = parse_fields(body if _is_form(scope) else b"", scope["query_string"])
    if fields is None:
        return 200, refused("bad-request")
    try:
        return 200, await provider.siteverify.verify(fields)
    except StoreUnavailable:
        # Unknown outcome: never tell a site that a good token is bad.
        return 503, {"error": {"code": StoreUnavailable.code, "message": "the outcome is unknown; ask again"}}


def _is_form(scope: Scope) -> bool:
    """Whether the body may be read as a form: clients that forget the header are, JSON and others are not."""
    for name, value in scope["headers"]:
        if name == b"content-type":
            return bytes(value).strip().lower().startswith(b"application/x-www-form-urlencoded")
    return True


async def _send_json(send: Send, status: int, content: Any, *more: tuple[bytes, bytes]) -> None:
    body = _encode(content)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class Handlers:
    """The handlers behind the routes."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def guarded(self, scope: str) -> Callable[[Handler], Handler]:
        """Ask for a key of this scope before anything else."""

        def guard(handler: Handler) -> Handler:
            async def handle(request: Request) -> Response:
                self._provider.keys.require(scope, request.headers.get("authorization", ""))
                return await handler(request)

            return handle

        return guard

    async def script(self, request: Request) -> Response:
        return self._file(web.SCRIPT)

    async def widget_file(self, request: Request) -> Response:
        return self._file(request.path_params["file"])

    async def widget_frame(self, request: Request) -> Response:
        sitekey, _, encoded = request.path_params["sitekey"].partition("~")
        try:
            policy = web.frame_policy(self._provider.sites.find(sitekey), web.hosts_named(encoded))
        except OriginInvalid:
            return _error(404, "file_unknown", "no such file")
        headers = {"content-security-policy": policy, "cache-control": "no-store", **web.HEADERS}
        return Response(web.FRAME, media_type="text/html", headers=headers)

    def _file(self, name: str) -> Response:
        file = web.FILES.get(name)
        if file is None:
            return _error(404, "file_unknown", "no such file")
        headers = {"access-control-allow-origin": "*", "cache-control": "public, max-age=300", **web.HEADERS}
        if file.media_type == "text/html":
            headers["content-security-policy"] = web.PAGE_POLICY
        return Response(file.content, media_type=file.media_type, headers=headers)

    async def check_site(self, request: Request) -> Response:
        query = request.query_params
        passed = self._provider.widget.check_site(query.get("sitekey", ""), query.get("host", ""))
        features = {"features": {"custom_theme": True}}
        return _json(
            {"pass": True, **features} if passed else {"pass": False, "error": "sitekey-host-mismatch", **features}
        )

    async def get_captcha(self, request: Request) -> Response:
        asked = decode_json(await read_body(request.receive), ChallengeRequest)
        opened = await self._provider.widget.open(request.path_params["sitekey"], asked, _visitor(request))
        return _json(opened)

    async def check_captcha(self, request: Request) -> Response:
        answer = decode_json(await read_body(request.receive), AnswerRequest)
        path = request.path_params
        earned = await self._provider.widget.answer(path["sitekey"], path["challenge"], answer, _visitor(request))
        return _json({"pass": False} if earned is None else {"pass": True, **msgspec.structs.asdict(earned)})

    async def picture(self, request: Request) -> Response:
        picture = self._provider.issued.picture(request.path_params["picture"])
        if picture is None:
            return _error(404, "picture_unknown", "no such picture, or its time is over")
        headers = {"cache-control": "no-store", "cross-origin-resource-policy": "cross-origin"}
        return Response(picture, media_type="image/jpeg", headers=headers)

    async def preflight(self, request: Request) -> Response:
        return _json(await self._provider.widget.agree_preflight(request.path_params["sitekey"]))

    async def site_facts(self, request: Request) -> Response:
        facts = self._provider.desk.site(request.path_params["sitekey"])
        return _error(404, SiteUnknown.code, "sitekey: no such site") if facts is None else _json(facts)

    async def token_facts(self, request: Request) -> Response:
        facts = self._provider.desk.token(_digest(request))
        return _error(404, "token_unknown", "the token was not issued by this range") if facts is None else _json(facts)

    async def challenge_facts(self, request: Request) -> Response:
        facts = self._provider.desk.challenge(request.path_params["challenge"])
        if facts is None:
            return _error(404, "challenge_not_issued", "challenge: not issued by this range, or no longer open")
        return _json(facts)

    async def attest(self, request: Request) -> Response:
        attestation = self._provider.desk.attest(_digest(request))
        if attestation is None:
            return _error(404, "picture_not_issued", "image was not issued by this range")
        return _json(attestation)

    async def similar(self, request: Request) -> Response:
        try:
            found = self._provider.desk.similar(bytes.fromhex(request.path_params["likeness"]))
        except ValueError:
            found = []
        if not found:
            return _error(404, "picture_not_issued", "image was not issued by this range")
        return _json({"candidates": found})

    async def list_sites(self, request: Request) -> Response:
        return _json({"sites": self._provider.sites.all()})

    async def add_site(self, request: Request) -> Response:
        order = decode_json(await read_body(request.receive), SiteOrder)
        families = tuple(self._provider.issued.families)
        site, secret = plan_site(order, self._provider.fence, families)
        await self._provider.sites.add(site, secret)
        return _json({"site": site, "secret": secret}, status=201)

    async def remove_site(self, request: Request) -> Response:
        await self._provider.sites.remove(request.path_params["sitekey"])
        return Response(status_code=204)

    async def list_challenges(self, request: Request) -> Response:
        limit = _count(request, "limit", default=20, most=100)
        return _json({"challenges": self._provider.records.latest(request.path_params["sitekey"], limit)})

    async def advance_clock(self, request: Request) -> Response:
        move = decode_json(await read_body(request.receive), ClockMove)
        return _json({"now": await self._provider.advance_clock(move.advance_seconds)})

    async def read_journal(self, request: Request) -> Response:
        after = _count(request, "after", default=0, most=2**53)
        limit = _count(request, "limit", default=100, most=1_000)
        entries = self._provider.database.read(lambda connection: journal.entries(connection, after, limit))
        return _json({"entries": entries})

    async def index(self, request: Request) -> Response:
        return PlainTextResponse(_INDEX)

    async def health(self, request: Request) -> Response:
        return _json({"status": "ok", "plane": "provider"})


class ClockMove(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far to move the provider's clock: forwards only, at most ten years."""

    advance_seconds: float

    def __post_init__(self) -> None:
        if not 0 <= self.advance_seconds <= 10 * 366 * 86_400:
            raise ValueError("advance_seconds: must be 0 … 316224000; a clock only moves forwards")


def _for_any_page(handler: Handler) -> Handler:
    """Let frames of another host read the answer (the script's `endpoint`): no cookie and no key is involved."""

    async def handle(request: Request) -> Response:
        try:
            response = await handler(request)
        except RangeError as error:
            response = await _render_error(request, error)
        response.headers["access-control-allow-origin"] = "*"
        return response

    return handle


def _digest(request: Request) -> bytes:
    """The digest in the path; empty, which is nothing's, if it is not hexadecimal."""
    try:
        return bytes.fromhex(request.path_params["digest"])
    except ValueError:
        return b""


def _visitor(request: Request) -> Visitor:
    address = "" if request.client is None else request.client.host
    return Visitor(address, request.headers.get("user-agent", "")[:1_024])


def _count(request: Request, name: str, *, default: int, most: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit()) or len(text) > 16 or int(text) > most:
        raise BodyInvalid(f"{name}: must be a whole number, 0 … {most}")
    return int(text)


def _json(content: Any, status: int = 200) -> Response:
    return Response(_encode(content), status_code=status, media_type="application/json")


def _error(status: int, code: str, message: str) -> Response:
    return _json({"success": False, "error": {"code": code, "message": message}}, status=status)


async def _render_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, RangeError)  # noqa: S101 - registered for this class only
    return _error(_STATUS.get(type(error), 500), error.code, str(error))
