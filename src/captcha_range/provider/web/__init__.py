"""The widget's files, compiled from `web/` by `make web`, and who may frame them."""

import base64
import binascii
from importlib import resources
from typing import Final, NamedTuple

from captcha_range.core.origins import Origin, OriginInvalid, parse_origin
from captcha_range.provider.sites import Site

SCRIPT: Final = "api.js"
HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    # Pages that isolate themselves (COEP: require-corp) can load the widget too.
    "cross-origin-resource-policy": "cross-origin",
    "cross-origin-embedder-policy": "require-corp",
}

PAGE_POLICY: Final = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
"""For the page that says what the widget is."""

MEDIA_TYPES: Final = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml"}
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src {images}; connect-src {endpoint}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
)
_HERE: Final = "'self'"


class File(NamedTuple):
    """One file as it is served."""

    content: bytes
    media_type: str


class Hosts(NamedTuple):
    """Where a frame sends requests, and where its pictures come from, as sources of a policy."""

    endpoint: str = _HERE
    images: str = _HERE


OWN_HOST: Final = Hosts()


def hosts_named(encoded: str) -> Hosts:
    """The hosts that a frame's address names, "endpoint images" in base64url; its own where it names none.

    They are the script's `endpoint` and `imghost`. OriginInvalid if they cannot be read.
    """
    if not encoded:
        return OWN_HOST
    try:
        text = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode("ascii")
        endpoint, images = text.split(" ")
    except (binascii.Error, ValueError):
        raise OriginInvalid("the frame's address names no two hosts") from None
    return Hosts(_source(parse_origin(endpoint)), _source(parse_origin(images)))


def frame_policy(site: Site | None, hosts: Hosts = OWN_HOST) -> str:
    """The frames' Content-Security-Policy: pages of the site's origins may hold them.

    Without a site, any page may: the test sitekeys have no origins, and an unknown sitekey's frame shall be
    able to say so.
    """
    ancestors = "http: https:"
    if site is not None:
        ancestors = " ".join(_source(parse_origin(origin)) for origin in site.origins)
    return _POLICY.format(ancestors=ancestors, **hosts._asdict())


def _source(origin: Origin) -> str:
    # CSP's host-source has no form for an IPv6 address or an underscore. The exact origin is compared again
    # when a challenge is asked for.
    if ":" in origin.host or "_" in origin.host:
        return f"{origin.scheme}://*:{origin.port}"
    return str(origin)


def _read() -> dict[str, File]:
    root = resources.files(__name__)
    return {
        entry.name: File(entry.read_bytes(), MEDIA_TYPES[suffix])
        for entry in root.iterdir()
        if (suffix := entry.name[entry.name.rfind(".") :]) in MEDIA_TYPES
    }


FILES: Final = _read()
FRAME: Final = FILES.pop("hcaptcha.html").content
