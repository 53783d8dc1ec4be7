"""Origins, compared as (scheme, host, port) and never as text that looks alike."""

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from captcha_range.core.errors import RangeError
from captcha_range.core.lab_nets import parse_address

_DEFAULT_PORTS = {"http": 80, "https": 443}
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_BRACKETED = re.compile(r"\[[0-9A-Fa-f:.]+\](:[0-9]*)?", re.ASCII)
_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?", re.ASCII)


class OriginInvalid(RangeError):
    """An origin is http or https, a host, and a port if it is not the usual one, such as http://127.0.0.1:5000."""

    code = "origin_invalid"


class Origin(NamedTuple):
    """A page's origin. `host` is lower-case ASCII, an IPv6 address without brackets."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"


def parse_origin(url: str) -> Origin:
    """The origin of a URL; its path, query and user part do not count. OriginInvalid if it has none."""
    if not url.isascii() or _UNSAFE.search(url):
        raise OriginInvalid(
            "must be plain ASCII without spaces, control characters or backslashes; write a non-ASCII host in punycode"
        )
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme.lower(), parts.hostname, parts.port
    except ValueError:
        raise OriginInvalid("is not a URL whose host and port can be read") from None
    if scheme not in _DEFAULT_PORTS or not host:
        raise OriginInvalid("must begin with http:// or https:// and a host, such as http://127.0.0.1:5000/login")
    address = parse_address(host)
    is_bracketed = "[" in parts.netloc
    if is_bracketed and not _BRACKETED.fullmatch(parts.netloc.rpartition("@")[2]):
        raise OriginInvalid("must have nothing but an IPv6 address in brackets, and a port after them")
    if not is_bracketed and address is None and not _NAME.fullmatch(host):
        raise OriginInvalid("must name its host by letters, digits, - and _ between dots, or by its address")
    return Origin(scheme, host if address is None else str(address), _DEFAULT_PORTS[scheme] if port is None else port)
