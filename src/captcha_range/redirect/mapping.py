"""What of hcaptcha.com the range answers: hosts and paths. Everything else there is refused, and never forwarded."""

import re
from enum import StrEnum
from typing import Final
from urllib.parse import unquote


class Kind(StrEnum):
    """What a request wants."""

    SCRIPT = "script"
    WIDGET = "widget"
    SITEVERIFY = "siteverify"


HOSTS: Final = {
    "hcaptcha.com": (Kind.SITEVERIFY, Kind.SCRIPT, Kind.WIDGET),
    "api.hcaptcha.com": (Kind.SITEVERIFY, Kind.WIDGET),
    "js.hcaptcha.com": (Kind.SCRIPT, Kind.WIDGET),
    "newassets.hcaptcha.com": (Kind.WIDGET,),
}

# The frames and their requests stay on the host that the script came from.
_PATHS: Final = {
    Kind.SCRIPT: re.compile(r"/1/(secure-)?api\.js"),
    Kind.WIDGET: re.compile(r"/(widget/.+|checksiteconfig|getcaptcha/[^/]+|picture/[^/]+|checkcaptcha/[^/]+/[^/]+)"),
    Kind.SITEVERIFY: re.compile(r"/siteverify(-nojs)?/?"),
}
# After one decoding: what could become another path when it is decoded or normalised again.
_SLIPPERY: Final = re.compile(r"\.\.|//|[%\\\x00-\x20\x7f]")


def kind_of(host: str, path: str) -> Kind | None:
    """What a request for a plain host and a path, as it stands in the request line, wants; None: nothing known."""
    path = unquote(path.partition("?")[0])
    if _SLIPPERY.search(path):
        return None
    return next((kind for kind in HOSTS.get(host, ()) if _PATHS[kind].fullmatch(path)), None)
