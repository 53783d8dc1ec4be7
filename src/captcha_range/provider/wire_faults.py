"""What scenarios do on the wire: whole answers of any kind, lateness, silence, and connections that break."""

import asyncio
import contextlib

from starlette.types import Receive, Scope, Send

from captcha_range.core.connections import close, reset
from captcha_range.provider.scenarios import TLS_FAULTS
from captcha_range.provider.stagings import Playing

PIECE = 64 * 1024


async def play(playing: Playing, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request as its scenario says, or break its connection. For scenarios that are `is_wire`."""
    fault = playing.scenario.fault
    if fault == "hang":
        await _until_gone(receive, playing.seconds)
        fault = "close"
    if fault == "reset" or fault in TLS_FAULTS:
        is_broken = reset(scope)
    elif fault == "close":
        is_broken = close(scope)
    elif fault == "cut":
        await _begin(send, 200, [(b"content-type", b"application/json"), (b"content-length", b"4096")])
        await send({"type": "http.response.body", "body": b'{"success":true,"host', "more_body": True})
        is_broken = close(scope)
    else:
        await _answer(playing, send)
        return
    if is_broken:
        await _until_gone(receive, 10.0)


async def late(playing: Playing) -> None:
    """Wait as long as a slow scenario says."""
    if playing.scenario.fault == "slow":
        await asyncio.sleep(playing.seconds)


async def _answer(playing: Playing, send: Send) -> None:
    scenario = playing.scenario
    body = scenario.body.encode()
    headers = [
        (b"content-type", scenario.content_type.encode()),
        (b"content-length", b"%d" % (scenario.fill + len(body))),
    ]
    headers += [(name.encode(), value.encode()) for name, value in scenario.headers.items()]
    await _begin(send, scenario.status, headers)
    for start in range(0, scenario.fill, PIECE):
        piece = b" " * min(PIECE, scenario.fill - start)
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": body})


async def _begin(send: Send, status: int, headers: list[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})


async def _until_gone(receive: Receive, seconds: float) -> None:
    """Wait until the client has gone, or the time is over."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
