"""Reading a request's body: capped while it streams, decoded into a type, with errors that name the field."""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeVar

import msgspec

from captcha_range.core.errors import RangeError

T = TypeVar("T")
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

JSON_LIMIT = 64 * 1024
IMAGES_LIMIT = 4 * 1024 * 1024

_UNKNOWN_FIELD = re.compile(r"(?s)(Object contains unknown field) `(.*)`(?=$| - at )")
_PLAIN_NAME = re.compile(r"[A-Za-z_]{1,40}", re.ASCII)


class BodyTooLarge(RangeError):
    """The request's body is larger than this endpoint reads."""

    code = "body_too_large"


class BodyInvalid(RangeError):
    """The request's body is not JSON of the form that this endpoint reads."""

    code = "body_invalid"


async def read_body(receive: Receive, limit: int = JSON_LIMIT) -> bytes:
    """The whole body. BodyTooLarge as soon as more than `limit` bytes have come, without keeping them.

    BodyInvalid if the client went away before its end: half a request must not count as a whole one.
    """
    message = await _part(receive)
    body: bytes = message.get("body", b"")
    if message.get("more_body"):
        parts, size = [body], len(body)
        while message.get("more_body") and size <= limit:
            message = await _part(receive)
            parts.append(message.get("body", b""))
            size += len(parts[-1])
        body = b"".join(parts)
    if len(body) > limit:
        raise BodyTooLarge(f"the body is larger than {limit} bytes")
    return body


def decode_json(body: bytes, kind: type[T]) -> T:
    """The body as a `kind`. BodyInvalid names the field and what it should be, and never repeats the input."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BodyInvalid(_UNKNOWN_FIELD.sub(_without_input, str(error))) from None
    except UnicodeDecodeError:
        raise BodyInvalid("the body is not UTF-8") from None


async def _part(receive: Receive) -> MutableMapping[str, Any]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise BodyInvalid("the request ended before its body did")
    return message


def _without_input(found: re.Match[str]) -> str:
    """An unknown field's name comes from the input: it is named where it can only be a misspelt word."""
    says, name = found.groups()
    return f"{says} `{name}`" if _PLAIN_NAME.fullmatch(name) else str(says)
