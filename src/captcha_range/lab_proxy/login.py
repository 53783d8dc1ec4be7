"""The name and password that a lab proxy may ask for."""

import base64
import hmac
from typing import NamedTuple, Self

from captcha_range.core.errors import RangeError

LONGEST = 255
"""Bytes of a name or password: RFC 1929 counts them in one byte."""


class LoginInvalid(RangeError):
    """A login is user:password, each 1 to 255 printable ASCII characters, the user without a colon."""

    code = "login_invalid"


class Login(NamedTuple):
    """What a client must show."""

    user: bytes
    password: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """The login in `user:password`. LoginInvalid."""
        user, _, password = text.partition(":")
        if not all(part.isascii() and part.isprintable() and 0 < len(part) <= LONGEST for part in (user, password)):
            raise LoginInvalid
        return cls(user.encode(), password.encode())

    def allows(self, user: bytes, password: bytes) -> bool:
        """Whether both are right; how long it takes does not tell which is not."""
        # Both are compared, always.
        return bool(hmac.compare_digest(self.user, user) & hmac.compare_digest(self.password, password))

    def allows_header(self, value: str) -> bool:
        """Whether a Proxy-Authorization header is right (RFC 7617)."""
        scheme, _, credentials = value.partition(" ")
        expected = base64.b64encode(self.user + b":" + self.password)
        return scheme.lower() == "basic" and hmac.compare_digest(expected, credentials.strip().encode())
