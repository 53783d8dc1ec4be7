"""siteverify over HTTP, as raw ASGI: the framework would cost more than the verification (design §4)."""

from typing import Any

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from captcha_range.core.bodies import BodyInvalid, BodyTooLarge, read_body
from captcha_range.core.route import TEMPLATE
from captcha_range.core.sqlite import StoreUnavailable
from captcha_range.provider import wire_faults
from captcha_range.provider.magic_keys import MAGIC_TOKENS
from captcha_range.provider.plane import Provider
from captcha_range.provider.questions import is_form, parse_fields
from captcha_range.provider.scenarios import SITEVERIFY
from captcha_range.provider.sites import digest_of_secret
from captcha_range.provider.stagings import Playing, playing_magic
from captcha_range.provider.verdicts import Verdict, refused
from captcha_range.provider.watch import Watched, warnings
from captcha_range.provider.watch_rules import WATCHES

PATHS = frozenset({"/siteverify", "/siteverify/", "/siteverify-nojs", "/siteverify-nojs/"})

NOT_A_FORM = "the body was not read: it is neither application/x-www-form-urlencoded nor multipart/form-data"
MALFORMED = "the form has over 100 fields, is not UTF-8, or is not what its boundary promises"
UNKNOWN_OUTCOME = {"error": {"code": StoreUnavailable.code, "message": "the outcome is unknown; ask again"}}

_encode = msgspec.json.Encoder().encode


def with_siteverify(provider: Provider, others: ASGIApp) -> ASGIApp:
    """Answer siteverify here, and everything else by `others`."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in PATHS:
            await others(scope, receive, send)
            return
        scope[TEMPLATE] = "/siteverify"
        if scope["method"] not in ("POST", "GET"):
            await send_json(send, 405, refused("bad-request"), (b"allow", b"POST, GET"))
        else:
            await _answer(provider, scope, receive, send)

    return app


async def _answer(provider: Provider, scope: Scope, receive: Receive, send: Send) -> None:
    try:
        body = await read_body(receive)
    except (BodyTooLarge, BodyInvalid) as error:
        await send_json(send, 200, await provider.siteverify.malformed(str(error)))
        return
    content_type, query_string = _content_type(scope), scope["query_string"]
    fields = parse_fields(body, query_string, content_type)
    readable = is_form(content_type)
    notes = None if readable and not query_string else _notes(readable, body, query_string)
    if fields is None:
        verdict = await provider.siteverify.malformed(MALFORMED, notes)
        await send_json(send, 200, verdict)
        return
    playing = _playing(provider, fields)
    if playing is not None and playing.scenario.is_wire:
        await provider.siteverify.play(fields, playing, notes)
        await wire_faults.play(playing, scope, receive, send)
        return
    try:
        verdict = await _verdict(provider, fields, playing, notes)
    except StoreUnavailable:
        # Unknown outcome: never tell a site that a good token is bad.
        await send_json(send, 503, UNKNOWN_OUTCOME)
    else:
        await send_json(send, 200, verdict)


def _playing(provider: Provider, fields: dict[str, str]) -> Playing | None:
    """The scenario that happens to this question: its magic token's, or one that is staged for the secret's site."""
    magic = MAGIC_TOKENS.get(fields.get("response", ""))
    if magic is not None:
        return playing_magic(magic)
    if not provider.stagings:
        return None
    owners = provider.sites.owners(digest_of_secret(fields.get("secret", "")))
    expected = fields.get("sitekey", "").lower()
    return provider.stagings.take(SITEVERIFY, [site for site in owners if site.sitekey == expected] or owners)


async def _verdict(
    provider: Provider, fields: dict[str, str], playing: Playing | None, notes: dict[str, Any] | None
) -> Verdict:
    if playing is None:
        return await provider.siteverify.verify(fields, notes)
    await wire_faults.late(playing)
    return await provider.siteverify.rehearse(fields, playing, notes)


def _notes(readable: bool, body: bytes, query_string: bytes) -> dict[str, Any]:
    """What the journal should warn of."""
    told = [] if readable or not body else [NOT_A_FORM]
    told += warnings(Watched(secret_in_url="secret" in (parse_fields(b"", query_string) or {})), WATCHES)
    return {"warnings": told} if told else {}


def _content_type(scope: Scope) -> bytes:
    for name, value in scope["headers"]:
        if name == b"content-type":
            return bytes(value)
    return b""


async def send_json(send: Send, status: int, content: Any, *more: tuple[bytes, bytes]) -> None:
    """A whole answer with a JSON body."""
    body = _encode(content)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
