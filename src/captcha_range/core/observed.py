"""Watching requests: each gets a trace id, is counted and timed, and leaves a line in the log."""

import logging
from collections.abc import Awaitable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from captcha_range.core.clock import Clock
from captcha_range.core.meters import QUICK, Counter, Histogram, Meter
from captcha_range.core.route import TEMPLATE
from captcha_range.core.traces import HEADER, follow, trace_of

OTHER = "other"
"""The label of a path without a route, and of a method that HTTP does not define."""

_METHODS = {method: method for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")}
_CLASSES = {hundreds: f"{hundreds}xx" for hundreds in range(1, 6)}
_HEADER = HEADER.encode()
_log = logging.getLogger(__name__)


class HttpMeters:
    """What is counted of every request. The path's parameters are never part of a label."""

    def __init__(self) -> None:
        self.requests = Counter(
            "captcha_range_http_requests_total",
            "Answered requests, by method, route and class of status.",
            "method",
            "route",
            "status",
        )
        self.seconds = Histogram(
            "captcha_range_http_request_seconds",
            "Seconds from a request to the end of its answer, by route; held answers included.",
            QUICK,
            "route",
        )

    def all(self) -> tuple[Meter, ...]:
        return self.requests, self.seconds


def observed(app: ASGIApp, plane: str, meters: HttpMeters, clock: Clock) -> ASGIApp:
    """Watch the requests of a plane; outermost, so that also what is refused early is seen."""

    async def watched(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await app(scope, receive, send)
        started, status = clock.elapsed(), 0
        trace = trace_of(scope["headers"])
        follow(trace)

        def traced(message: Message) -> Awaitable[None]:
            # No coroutine of its own: on the hottest route each costs.
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (_HEADER, trace.encode())]
            return send(message)

        try:
            await app(scope, receive, traced)
        finally:
            seconds = clock.elapsed() - started
            method, route = _METHODS.get(scope["method"], OTHER), scope.get(TEMPLATE, OTHER)
            # Without a status the client was gone before there was an answer, or the answer crashed.
            meters.requests.add(method, route, _CLASSES.get(status // 100, "none"))
            meters.seconds.observe(seconds, route)
            if _log.isEnabledFor(logging.INFO):
                _note(plane, method, route, status, seconds, trace)

    return watched


def _note(plane: str, method: str, route: str, status: int, seconds: float, trace: str) -> None:
    fields = {
        "plane": plane,
        "method": method,
        "route": route,
        "status": status,
        "ms": round(seconds * 1_000, 3),
        "trace": trace,
    }
    _log.info("request", extra={"fields": fields})
