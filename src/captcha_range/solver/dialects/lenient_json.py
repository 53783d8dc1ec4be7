"""JSON as people paste it from documentation: with comments and trailing commas."""

import re
from typing import Any

import msgspec

# A string that never ends, and a comment that never ends, are taken to the end of the body in one step and kept
# as they are: searching on from every quote within would make the time quadratic, and they are refused anyway.
_STRING = r'"(?:\\.|[^"\\])*+"?'
_ENDLESS_COMMENT = r"/\*(?:(?!\*/).)*+\Z"
_LONE_COMMA = r"[{\[]\s*,"
_COMMENTS = re.compile(rf"({_STRING}|{_ENDLESS_COMMENT})|//[^\n]*|/\*.*?\*/", re.DOTALL)
_TRAILING_COMMAS = re.compile(rf"({_STRING}|{_LONE_COMMA})|,(?=\s*[}}\]])", re.DOTALL)


def decode_lenient(body: bytes) -> Any:
    """The JSON value of a body: strictly read, and only if that fails once more without comments and commas.

    Raises msgspec.DecodeError if that fails too, and for what is not UTF-8 or nests too deeply.
    """
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    try:
        text = _COMMENTS.sub(_keep_or_drop, body.decode())
        return msgspec.json.decode(_TRAILING_COMMAS.sub(_keep_or_drop, text))
    except (UnicodeError, RecursionError) as error:
        raise msgspec.DecodeError(str(error)) from None


def _keep_or_drop(match: re.Match[str]) -> str:
    # A comment becomes a space, so that it cannot join what it stood between.
    return match[1] or (" " if match[0].startswith("/") else "")
