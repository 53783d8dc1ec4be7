"""What a client orders: a token for a page, under the conditions that it names."""

import msgspec

from captcha_range.solver.effort import Effort


class Proxy(msgspec.Struct, frozen=True):
    """A proxy inside the range's networks; `address` is an IP address, `kind` "http" or "socks5"."""

    address: str
    port: int
    login: str = ""
    password: str = ""
    kind: str = "http"


class TokenOrder(msgspec.Struct, frozen=True, kw_only=True):
    """One order for a response token, whatever dialect it came in. `trace`: of the request that ordered it."""

    sitekey: str
    page_url: str
    user_agent: str | None = None
    invisible: bool = False
    rqdata: str | None = None
    region: str | None = None
    proxy: Proxy | None = None
    preflight: str | None = None
    trace: str | None = None

    @property
    def type(self) -> str:
        """What is ordered, as accounts have a price for it."""
        return "token" if self.proxy is None else "token_with_proxy"


class Solution(msgspec.Struct, frozen=True):
    """A response token, the key that goes with it, and the user agent that earned it."""

    token: str
    response_key: str
    user_agent: str
    effort: Effort | None = None
