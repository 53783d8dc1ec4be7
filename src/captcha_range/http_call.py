"""One HTTP request and its answer, as the range's own commands and tests send them: plainly, to loopback."""

import contextlib
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from email.message import Message
from http.client import HTTPException
from typing import Any, NamedTuple

import msgspec

from captcha_range.core.errors import RangeError


class Unreachable(RangeError):
    """Nothing answers at the URL."""

    code = "unreachable"


class Reply(NamedTuple):
    """Status, headers (names in lower case) and body of an answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON. Raises msgspec.DecodeError if it is none."""
        return msgspec.json.decode(self.body)


class Stream(NamedTuple):
    """Status, headers (names in lower case) and body of an answer, the body line by line as it comes."""

    status: int
    headers: dict[str, str]
    lines: Iterator[bytes]


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


# No proxy from the environment, and no redirect followed: what is asked for is what is reached.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirects)


def call(
    method: str,
    url: str,
    *,
    json: Any = None,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = 60.0,
) -> Reply:
    """Send one request, with a JSON body, a form, or none. Unreachable if no answer came."""
    sent, data = dict(headers or {}), None
    if json is not None:
        data, sent["Content-Type"] = msgspec.json.encode(json), "application/json"
    elif form is not None:
        data, sent["Content-Type"] = (
            urllib.parse.urlencode(form).encode(),
            "application/x-www-form-urlencoded",
        )
    with _unreachable(url), _opened(method, url, data, sent, timeout) as answer:
        return Reply(answer.status, _lower(answer.headers), answer.read())


@contextlib.contextmanager
def stream(url: str, *, headers: Mapping[str, str], timeout: float) -> Iterator[Stream]:
    """GET something that comes bit by bit; `timeout` is for each bit. Unreachable if nothing more came."""
    with _unreachable(url):
        answer = _opened("GET", url, None, headers, timeout)
    with answer:
        yield Stream(answer.status, _lower(answer.headers), _lines(url, answer))


def _opened(method: str, url: str, data: bytes | None, headers: Mapping[str, str], timeout: float) -> Any:
    """The answer of any status, its body still to be read."""
    if not url.startswith("http://"):
        raise Unreachable(f"{url}: must begin with http://")
    request = urllib.request.Request(url, data=data, headers=dict(headers), method=method)  # noqa: S310 - http only
    try:
        return _opener.open(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        return error


def _lines(url: str, answer: Any) -> Iterator[bytes]:
    while True:
        with _unreachable(url):
            line: bytes = answer.readline()
        if not line:
            return
        yield line


@contextlib.contextmanager
def _unreachable(url: str) -> Iterator[None]:
    try:
        yield
    except (OSError, HTTPException) as error:
        raise Unreachable(f"nothing answers at {url} ({error})") from None


def _lower(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
