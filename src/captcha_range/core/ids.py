"""Ids, keys and tokens, all from the operating system's secure source."""

import secrets
import uuid

# Client libraries search answers for these, so no id or token may contain them by chance.
FORBIDDEN = ("ERROR", "|")


def new_uuid() -> str:
    """A random UUID (version 4) in lower case with dashes."""
    return str(uuid.UUID(bytes=secrets.token_bytes(16), version=4))


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
