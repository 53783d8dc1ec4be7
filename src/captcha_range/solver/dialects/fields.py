"""Reading the loosely typed requests that the documents' clients send."""

from typing import Any, Final

import msgspec

from captcha_range.solver.dialects.lenient_json import decode_lenient
from captcha_range.solver.errors import FieldInvalid, TaskAbsent

Request = dict[str, Any]

PROXY_KINDS: Final = {"http": "http", "https": "http", "socks5": "socks5", "socks5h": "socks5"}
"""What clients call a proxy → the kind that it is. They say https of an HTTP proxy that also makes tunnels."""

_WORDS = {"true": True, "false": False, "1": True, "0": False, "": False}


def parse_object(body: bytes) -> Request:
    """The body's JSON object, comments and trailing commas forgiven. TaskAbsent if it is none."""
    try:
        parsed = decode_lenient(body)
    except msgspec.DecodeError:
        parsed = None
    if not isinstance(parsed, dict):
        raise TaskAbsent("the body must be a JSON object")
    return parsed


def text(request: Request, name: str, *, at: str = "", required: bool = False) -> str:
    """A text field, empty if it is absent or null; `at` is where the object lies. FieldInvalid."""
    value = request.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or (required and not value):
        raise FieldInvalid(f"{at}{name}: must be a {'non-empty ' if required else ''}string")
    return value


def flag(request: Request, name: str, *, at: str = "") -> bool:
    """A yes or no, as a boolean, 0 or 1, or a word; absent, null and empty are no. FieldInvalid."""
    value = request.get(name)
    if isinstance(value, str):
        value = _WORDS.get(value.strip().lower(), value)
    if value is None or (isinstance(value, bool | int | float) and value in (0, 1)):
        return bool(value)
    raise FieldInvalid(f'{at}{name}: must be true or false (or 1, 0, "true", "false", "")')
