"""Callback URLs: checked when they are named, without connecting to anything or asking a name server."""

from urllib.parse import urlsplit

from captcha_range.core.lab_nets import Fence
from captcha_range.core.origins import OriginInvalid, parse_origin
from captcha_range.solver.errors import CallbackOutside, FieldInvalid

LONGEST = 2_048


class Callbacks:
    """Decides which URLs may be called back."""

    def __init__(self, fence: Fence) -> None:
        self._fence = fence

    def check(self, url: str, field: str) -> None:
        """FieldInvalid for what is not an http URL with a port that can be connected to, CallbackOutside.

        The host is an address or `localhost`: looking a name up would already tell somebody outside.
        """
        if len(url) > LONGEST:
            raise FieldInvalid(f"{field}: is longer than {LONGEST} characters")
        try:
            origin = parse_origin(url)
        except OriginInvalid as error:
            raise FieldInvalid(f"{field}: {error}") from None
        if urlsplit(url).username is not None or "#" in url:
            raise FieldInvalid(f"{field}: must have neither a user part nor a fragment")
        if origin.port == 0:
            raise FieldInvalid(f"{field}: must have a port that can be connected to")
        if origin.host != "localhost" and not self._fence.contains(origin.host):
            raise CallbackOutside
