"""Every URL of the provider on one screen, with thin handlers: parse, one call, render."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp

from captcha_range.core.bodies import BodyInvalid, BodyTooLarge, decode_json, read_body
from captcha_range.core.browser_guard import refuse_foreign_pages
from captcha_range.core.errors import RangeError
from captcha_range.core.exposition import CONTENT_TYPE, MetricsMissing, exposition
from captcha_range.core.keys import KeyRefused
from captcha_range.core.origins import OriginInvalid
from captcha_range.core.route import Route
from captcha_range.core.sqlite import StoreUnavailable
from captcha_range.provider import web
from captcha_range.provider.dashboard_handlers import DashboardHandlers
from captcha_range.provider.issued import ChallengeUnanswerable, ReplyMisfit
from captcha_range.provider.journal_handlers import JournalHandlers, count
from captcha_range.provider.namespaces import NamespaceInvalid, NamespaceUnknown
from captcha_range.provider.observation import CLIENT_HINTS, digest_of_header
from captcha_range.provider.plane import Provider
from captcha_range.provider.sites import SecretOrder, SiteInvalid, SiteOrder, SiteUnknown
from captcha_range.provider.siteverify_route import with_siteverify
from captcha_range.provider.stage_handlers import ClockMove, StageHandlers
from captcha_range.provider.stagings import StagingInvalid, StagingUnknown
from captcha_range.provider.tickets import TicketRefused
from captcha_range.provider.widget import AnswerRequest, ChallengeRequest, OriginRefused, Pass, Visitor
from captcha_range.provider.widget_route import PLAYING, with_scenarios

_STATUS: dict[type[RangeError], int] = {
    BodyInvalid: 400,
    BodyTooLarge: 413,
    ChallengeUnanswerable: 409,
    KeyRefused: 401,
    MetricsMissing: 501,
    OriginRefused: 403,
    ReplyMisfit: 422,
    NamespaceInvalid: 422,
    NamespaceUnknown: 404,
    SiteInvalid: 422,
    SiteUnknown: 404,
    StagingInvalid: 422,
    StagingUnknown: 404,
    StoreUnavailable: 503,
    TicketRefused: 401,
}
_INDEX = """captcha-range provider

POST /siteverify                    for a site's server; the official test keys work at once
GET  /1/api.js                      for a site's pages: the widget
POST /checksiteconfig               for the widget
POST /getcaptcha/{sitekey}
POST /checkcaptcha/{sitekey}/{challenge}

GET  /dashboard                     for the operator: sites, journal, challenges, scenarios

A sitekey and a secret come from: captcha-range sites add --origin http://127.0.0.1:5000
"""
_OPERATORS = ("/admin", "/dashboard")
"""How the paths begin that no page of another site may reach."""

_encode = msgspec.json.Encoder().encode
Handler = Callable[[Request], Awaitable[Response]]


def create_app(provider: Provider) -> ASGIApp:
    """The provider's ASGI application."""
    api, stage, told = Handlers(provider), StageHandlers(provider), JournalHandlers(provider)
    board = DashboardHandlers(provider)
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
        Route("/admin/sites/{sitekey}/secret", admin(api.rotate_secret), methods=["POST"]),
        Route("/admin/sites/{sitekey}/secret/former", admin(api.retire_secret), methods=["DELETE"]),
        Route("/admin/sites/{sitekey}/challenges", admin(api.list_challenges), methods=["GET"]),
        Route("/admin/scenarios", admin(stage.list_scenarios), methods=["GET"]),
        Route("/admin/stagings", admin(stage.list_stagings), methods=["GET"]),
        Route("/admin/stagings", admin(stage.stage), methods=["POST"]),
        Route("/admin/stagings", admin(stage.clear), methods=["DELETE"]),
        Route("/admin/handshakes", admin(stage.take_handshake), methods=["POST"]),
        Route("/admin/stagings/{staging}", admin(stage.end), methods=["DELETE"]),
        Route("/admin/namespaces", admin(stage.list_namespaces), methods=["GET"]),
        Route("/admin/namespaces", admin(stage.add_namespace), methods=["POST"]),
        Route("/admin/namespaces/{namespace}", admin(stage.remove_namespace), methods=["DELETE"]),
        Route("/admin/namespaces/{namespace}/clock", admin(stage.advance_clock), methods=["POST"]),
        Route("/admin/namespaces/{namespace}/reset", admin(stage.reset), methods=["POST"]),
        Route("/admin/clock", admin(api.advance_clock), methods=["POST"]),
        Route("/admin/journal", admin(told.read), methods=["GET"]),
        Route("/admin/journal/tail", admin(told.tail), methods=["GET"]),
        Route("/admin/journal/export", admin(told.export), methods=["GET"]),
        Route("/admin/families", admin(board.families), methods=["GET"]),
        Route("/admin/overview", admin(board.overview), methods=["GET"]),
        Route("/admin/tickets", admin(board.issue_ticket), methods=["POST"]),
        Route("/dashboard", board.page, methods=["GET"]),
        Route("/dashboard/key", board.redeem, methods=["POST"]),
        Route("/dashboard/{file}", board.file, methods=["GET"]),
        Route("/metrics", api.metrics, methods=["GET"]),
        Route("/health", api.health, methods=["GET"]),
        Route("/", api.index, methods=["GET"]),
    ]
    handlers: dict[Any, Any] = {RangeError: _render_error}
    slow = Starlette(routes=routes, exception_handlers=handlers)
    guarded = refuse_foreign_pages(slow, provider.fence, _OPERATORS)
    return with_siteverify(provider, with_scenarios(provider, guarded))


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
        passed = await self._provider.widget.check_site(query.get("sitekey", ""), query.get("host", ""))
        features = {"features": {"custom_theme": True}}
        return _json(
            {"pass": True, **features} if passed else {"pass": False, "error": "sitekey-host-mismatch", **features}
        )

    async def get_captcha(self, request: Request) -> Response:
        asked = decode_json(await read_body(request.receive), ChallengeRequest)
        playing = request.scope.get(PLAYING)
        scenario = None if playing is None else playing.scenario
        opened = await self._provider.widget.open(
            request.path_params["sitekey"],
            asked,
            _visitor(request),
            passive=None if scenario is None else scenario.passive,
        )
        if scenario is None or isinstance(opened, Pass):
            return _json(opened)
        return _json({**msgspec.structs.asdict(opened), **scenario.view})

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
        site, secret = await self._provider.register(order)
        return _json({"site": site, "secret": secret}, status=201)

    async def remove_site(self, request: Request) -> Response:
        await self._provider.sites.remove(request.path_params["sitekey"])
        return Response(status_code=204)

    async def rotate_secret(self, request: Request) -> Response:
        order = decode_json(await read_body(request.receive) or b"{}", SecretOrder)
        return _json({"secret": await self._provider.sites.rotate_secret(request.path_params["sitekey"], order.secret)})

    async def retire_secret(self, request: Request) -> Response:
        await self._provider.sites.retire_secret(request.path_params["sitekey"])
        return Response(status_code=204)

    async def list_challenges(self, request: Request) -> Response:
        limit = count(request, "limit", default=20, most=100)
        return _json({"challenges": self._provider.records.latest(request.path_params["sitekey"], limit)})

    async def advance_clock(self, request: Request) -> Response:
        move = decode_json(await read_body(request.receive), ClockMove)
        return _json({"now": await self._provider.advance_clock(move.advance_seconds)})

    async def index(self, request: Request) -> Response:
        return PlainTextResponse(_INDEX)

    async def metrics(self, request: Request) -> Response:
        return Response(exposition(self._provider.meters.all()), headers={"content-type": CONTENT_TYPE})

    async def health(self, request: Request) -> Response:
        return _json({"status": "ok", "plane": "provider"})


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
    headers = request.headers
    hints = "\n".join(headers.get(name, "") for name in CLIENT_HINTS)
    return Visitor(
        address,
        headers.get("user-agent", "")[:1_024],
        language=digest_of_header(headers.get("accept-language", "")),
        client_hints=digest_of_header(hints.strip()),
    )


def _json(content: Any, status: int = 200) -> Response:
    return Response(_encode(content), status_code=status, media_type="application/json")


def _error(status: int, code: str, message: str) -> Response:
    return _json({"success": False, "error": {"code": code, "message": message}}, status=status)


async def _render_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, RangeError)  # noqa: S101 - registered for this class only
    return _error(_STATUS.get(type(error), 500), error.code, str(error))
