"""Scenarios: every outcome that an integrator must survive, one row each. A scenario is plain data.

What a row says is done by somebody else: verdicts by `siteverify.py`, the wire by `wire_faults.py`, the widget's
answers by `widget.py`. `number` makes the magic keys of a scenario and never changes.
"""

from typing import Any, Final

import msgspec

SITEVERIFY, GETCAPTCHA, CHECKCAPTCHA, SITECONFIG, SCRIPT = (
    "siteverify",
    "getcaptcha",
    "checkcaptcha",
    "checksiteconfig",
    "script",
)
TLS_FAULTS: Final = ("tls-expired", "tls-wrong-name", "tls-broken")
"""Faults of siteverify's TLS handshake, which `captcha-range exec` plays; without TLS the connection is reset."""
HTML: Final = "<!doctype html><title>Sorry</title><h1>Something went wrong</h1>"


class Scenario(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One outcome. `at` is the call that it happens to, `shows` what it shows, for people.

    `code`: siteverify refuses with it, and does not look at the token. `changes`: what an accepted verdict says
    instead (`age` in seconds). `status` with `body`, `content_type`, `headers`, `fill` (spaces before the body): the
    whole answer. `fault`: what becomes of the connection. `view`: fields of the challenge's view. `passive`: a
    token at once, or if False a challenge, whatever the site's mode.
    """

    name: str
    number: int
    at: str
    shows: str
    code: str = ""
    changes: dict[str, Any] = {}
    status: int = 0
    body: str = ""
    content_type: str = "application/json"
    headers: dict[str, str] = {}
    fill: int = 0
    fault: str = ""
    view: dict[str, Any] = {}
    passive: bool | None = None

    @property
    def is_wire(self) -> bool:
        """Whether the whole answer, or its absence, is the scenario's."""
        return bool(self.status or self.fault) and self.fault != "slow"


def _code(number: int, name: str, code: str, shows: str) -> Scenario:
    return Scenario(name=name, number=number, at=SITEVERIFY, shows=shows, code=code)


def _verdict(number: int, name: str, shows: str, **changes: Any) -> Scenario:
    return Scenario(name=name, number=number, at=SITEVERIFY, shows=shows, changes=changes)


def _score(number: int, score: float, *reasons: str) -> Scenario:
    shows = f"success with score {score}: {', '.join(reasons)}"
    return _verdict(number, f"score-{score}", shows, score=score, score_reason=list(reasons))


def _body(number: int, name: str, shows: str, body: str, **more: Any) -> Scenario:
    return Scenario(
        **{"name": name, "number": number, "at": SITEVERIFY, "shows": shows, "body": body, "status": 200, **more}
    )


def _fault(number: int, name: str, at: str, fault: str, shows: str) -> Scenario:
    return Scenario(name=name, number=number, at=at, shows=shows, fault=fault)


def _widget(number: int, name: str, at: str, shows: str, **more: Any) -> Scenario:
    return Scenario(name=name, number=number, at=at, shows=shows, **more)


_REFUSED = '{"success":false,"error-codes":["bad-request"]}'

SCENARIOS: Final = (
    _verdict(1, "success", "a pass like any other"),
    _code(2, "expired", "expired-input-response", "the token is too old"),
    _code(3, "already-seen", "already-seen-response", "the token was verified before"),
    _code(4, "invalid-token", "invalid-input-response", "the token is unknown"),
    _code(5, "invalid-secret", "invalid-input-secret", "the secret is unknown"),
    _code(6, "sitekey-mismatch", "sitekey-secret-mismatch", "the token is another secret's"),
    _code(7, "remoteip-missing", "missing-remoteip", "the site requires remoteip"),
    _code(8, "remoteip-invalid", "invalid-remoteip", "remoteip is no address"),
    _code(9, "bad-request", "bad-request", "the question is malformed"),
    _verdict(20, "wrong-hostname", "success, but for a page of another host", hostname="elsewhere.invalid"),
    _verdict(21, "hostname-not-provided", "success without a known host", hostname="not-provided"),
    _verdict(22, "dummy-hostname", "success as of the official test keys", hostname="dummy-key-pass"),
    _verdict(23, "stale-timestamp", "success, but challenge_ts is an hour old", age=3_600),
    _score(30, 0.0, "safe"),
    _score(31, 0.02, "safe"),
    _score(32, 0.2, "address-changed"),
    _score(33, 0.4, "user-agent-changed"),
    _score(34, 0.5, "region-changed"),
    _score(35, 0.7, "region-changed", "user-agent-changed"),
    _score(36, 0.8, "token-replays"),
    _score(37, 0.95, "token-replays", "region-changed", "user-agent-changed"),
    _score(38, 1.0, "bot"),
    _body(50, "success-as-text", "`success` is the text `false`", '{"success":"false","error-codes":["bad-request"]}'),
    _body(51, "empty-object", "an empty JSON object", "{}"),
    _body(52, "null", "JSON, but no object", "null"),
    _body(53, "duplicate-keys", "`success` twice, false and true", '{"success":false,"success":true}'),
    _body(54, "truncated-json", "JSON that breaks off, in a complete answer", '{"success":tr'),
    _body(55, "html", "an HTML page with status 200", HTML, content_type="text/html"),
    _body(56, "huge-body", "success after 16 MiB of spaces", '{"success":true}', fill=16 * 1024 * 1024),
    _body(57, "redirect", "a redirect", "", status=302, headers={"location": "/health"}),
    _body(58, "http-429", "too many requests, with Retry-After", _REFUSED, status=429, headers={"retry-after": "2"}),
    _body(
        59,
        "http-500",
        "an internal error",
        HTML.replace("502 Bad Gateway", "500"),
        status=500,
        content_type="text/html",
    ),
    _body(60, "http-503", "unavailable, with Retry-After", "", status=503, headers={"retry-after": "2"}),
    _fault(70, "slow", SITEVERIFY, "slow", "the right verdict, `seconds` (3) late"),
    _fault(71, "hang", SITEVERIFY, "hang", "no answer for `seconds` (60), then the connection closes"),
    _fault(72, "connection-reset", SITEVERIFY, "reset", "the connection is reset (TCP RST)"),
    _fault(73, "connection-closed", SITEVERIFY, "close", "the connection closes without an answer"),
    _fault(74, "cut-body", SITEVERIFY, "cut", "the connection closes amid the body"),
    _fault(75, "tls-expired", SITEVERIFY, "tls-expired", "TLS: the certificate has expired (without TLS: reset)"),
    _fault(
        76,
        "tls-wrong-name",
        SITEVERIFY,
        "tls-wrong-name",
        "TLS: the certificate is for another name (without TLS: reset)",
    ),
    _fault(77, "tls-broken", SITEVERIFY, "tls-broken", "TLS: the handshake breaks off (without TLS: reset)"),
    _widget(100, "passive", GETCAPTCHA, "no challenge: a token at once", passive=True),
    _widget(101, "challenge-forced", GETCAPTCHA, "a challenge, whatever the site's mode", passive=False),
    _widget(102, "challenge-closed", GETCAPTCHA, "the visitor closes it", view={"scenario": "challenge-closed"}),
    _widget(103, "challenge-expired", GETCAPTCHA, "its time is over once it is shown", view={"expires_in": 0}),
    _widget(104, "challenge-error", GETCAPTCHA, "HTTP 500: challenge-error", status=500, body="{}"),
    _widget(105, "rate-limited", GETCAPTCHA, "HTTP 429: rate-limited", status=429, body="{}"),
    _widget(106, "invalid-data", GETCAPTCHA, "HTTP 400: invalid-data", status=400, body="{}"),
    _widget(107, "network-error", GETCAPTCHA, "the connection is reset: network-error", fault="reset"),
    _widget(108, "challenge-slow", GETCAPTCHA, "the challenge comes `seconds` (3) late", fault="slow"),
    _widget(109, "wrong-answer", CHECKCAPTCHA, "every answer is wrong", status=200, body='{"pass":false}'),
    _widget(110, "answer-expired", CHECKCAPTCHA, "HTTP 409: the answer comes too late", status=409, body="{}"),
    _widget(111, "answer-network-error", CHECKCAPTCHA, "the connection is reset: network-error", fault="reset"),
    _widget(
        112,
        "site-refused",
        SITECONFIG,
        "the page's host is not the site's",
        status=200,
        body='{"pass":false,"error":"sitekey-host-mismatch","features":{"custom_theme":true}}',
    ),
    _widget(113, "script-blocked", SCRIPT, "api.js: the connection is reset", fault="reset"),
    _widget(114, "script-error", SCRIPT, "api.js: HTTP 503", status=503),
    _widget(115, "script-slow", SCRIPT, "api.js comes `seconds` (3) late", fault="slow"),
)
"""Every scenario; one row here is one row in docs/reference/scenarios.md."""

BY_NAME: Final = {scenario.name: scenario for scenario in SCENARIOS}
