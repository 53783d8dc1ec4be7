"""Every answer names its trace, and whatever a client sends, the labels stay few."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from captcha_range.core.clock import StillClock
from captcha_range.core.observed import OTHER, HttpMeters, observed
from captcha_range.core.route import Route
from captcha_range.core.traces import TRACE, followed
from tests.asgi import ask

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
PARENT = {"traceparent": f"00-{TRACE_ID}-b7ad6b7169203331-01"}


def watching(app: ASGIApp) -> tuple[ASGIApp, HttpMeters]:
    meters = HttpMeters()
    return observed(app, "plane", meters, StillClock()), meters


async def _things(request: Request) -> Response:
    return PlainTextResponse(followed() or "")


async def _crash(request: Request) -> Response:
    raise RuntimeError


APP = Starlette(
    routes=[
        Route("/things", _things, methods=["GET"]),
        Route("/things/{thing}", _things, methods=["GET"]),
        Route("/things/{thing}", _things, methods=["DELETE"]),
        Route("/crash", _crash, methods=["GET"]),
    ]
)


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "/things", 200),
        ("GET", "/things/1?secret=2", 200),
        ("POST", "/things/1", 405),
        ("GET", "/nothing", 404),
        ("BREW", "/nothing", 404),
    ],
)
async def test_every_answer_names_the_trace_that_came_or_a_new_one(method: str, target: str, status: int) -> None:
    app, _ = watching(APP)
    continued = await ask(app, method, target, headers=PARENT)
    assert (continued.status, continued.headers["x-trace-id"]) == (status, TRACE_ID)
    new = (await ask(app, method, target)).headers["x-trace-id"]
    assert TRACE.fullmatch(new)
    assert new != TRACE_ID


async def test_the_handler_follows_the_trace_of_its_answer() -> None:
    app, _ = watching(APP)
    answer = await ask(app, "GET", "/things")
    assert answer.body.decode() == answer.headers["x-trace-id"]


async def test_requests_are_counted_by_template_and_never_by_path() -> None:
    app, meters = watching(APP)
    for number in range(50):
        await ask(app, "GET", f"/things/{number}")
        await ask(app, "POST", f"/things/{number}")
        await ask(app, "GET", f"/nothing/{number}")
        await ask(app, f"METHOD{number}", f"/nothing/{number}")
    assert meters.requests.values == {
        ("GET", "/things/{thing}", "2xx"): 50,
        ("POST", "/things/{thing}", "4xx"): 50,
        ("GET", OTHER, "4xx"): 50,
        (OTHER, OTHER, "4xx"): 50,
    }
    assert {labels: sum(buckets.counts) for labels, buckets in meters.seconds.values.items()} == {
        ("/things/{thing}",): 100,
        (OTHER,): 100,
    }


async def test_a_crash_is_counted_and_its_answer_names_the_trace() -> None:
    app, meters = watching(APP)
    with pytest.raises(RuntimeError):
        await ask(app, "GET", "/crash")
    assert meters.requests.values == {("GET", "/crash", "5xx"): 1}


async def test_an_answer_that_never_began_has_no_class_of_status() -> None:
    async def silent(scope: Scope, receive: Receive, send: Send) -> None:
        raise RuntimeError

    app, meters = watching(silent)
    with pytest.raises(RuntimeError):
        await ask(app, "GET", "/things")
    assert meters.requests.values == {("GET", OTHER, "none"): 1}
