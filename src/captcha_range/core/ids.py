"""Ids, keys and tokens, all from the operating system's secure source."""

import os
import secrets
from collections.abc import Iterator

# Client libraries search answers for these, so no id or token may contain them by chance.
FORBIDDEN = ("ERROR", "|")


def new_uuid() -> str:
    """A random UUID (version 4) in lower case with dashes."""
    digits = secrets.token_hex(16)
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def new_trace() -> str:
    """A random trace id: 32 hexadecimal digits, which written with dashes are a UUID of version 4.

    It is no secret. Many are drawn at a time, because the hottest route needs one for each request.
    """
    return _drawn()


def new_claim() -> str:
    """The id of one request's claim to a token: no secret either, and drawn as traces are."""
    return _drawn()


def _drawn() -> str:
    while True:
        try:
            return _ready.pop()
        except IndexError:
            _ready.extend(_draw(128))


def _draw(count: int) -> Iterator[str]:
    digits = secrets.token_hex(15 * count)
    for start in range(0, len(digits), 30):
        drawn = digits[start : start + 30]
        yield f"{drawn[:12]}4{drawn[12:15]}8{drawn[15:]}"


_ready: list[str] = []
os.register_at_fork(after_in_child=_ready.clear)


def new_span() -> str:
    """A random parent id of a trace: 16 hexadecimal digits, not all zero."""
    return f"{new_number(2**64):016x}"


def new_secret_hex(prefix: str, size: int = 20) -> str:
    """`prefix` followed by `size` random bytes in hexadecimal."""
    return prefix + secrets.token_hex(size)


def new_token(prefix: str, length: int) -> str:
    """A token of `length` URL-safe characters after `prefix`; at least 43 of them (256 bits)."""
    if length < 43:
        raise ValueError("a token needs at least 43 random characters to carry 256 bits")
    while True:
        token = prefix + secrets.token_urlsafe(length)[:length]
        if not any(word in token for word in FORBIDDEN):
            return token


def new_key(size: int = 32) -> bytes:
    """Random bytes for a keyed hash or a seed."""
    return secrets.token_bytes(size)


def new_number(below: int) -> int:
    """A random integer in 1 … below - 1."""
    return 1 + secrets.randbelow(below - 1)
