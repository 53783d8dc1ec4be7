"""The widget's files, and who may frame them."""

from importlib import resources
from typing import Final, NamedTuple

from captcha_range.core.origins import Origin, parse_origin
from captcha_range.provider.sites import Site

SCRIPT: Final = "api.js"
HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    # Pages that isolate themselves (COEP: require-corp) can load the widget too.
    "cross-origin-resource-policy": "cross-origin",
    "cross-origin-embedder-policy": "require-corp",
}

_MEDIA_TYPES: Final = {".js": "text/javascript", ".css": "text/css"}
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors "
)


class File(NamedTuple):
    """One file as it is served."""

    content: bytes
    media_type: str


def frame_policy(site: Site | None) -> str:
    """The frames' Content-Security-Policy: pages of the site's origins may hold them.

    Without a site, any page may: the test sitekeys have no origins, and an unknown sitekey's frame shall be
    able to say so.
    """
    if site is None:
        return _POLICY + "http: https:"
    return _POLICY + " ".join(_source(parse_origin(origin)) for origin in site.origins)


def _source(origin: Origin) -> str:
    # CSP's host-source has no form for an IPv6 address or an underscore. The exact origin is compared again
    # when a challenge is asked for.
    if ":" in origin.host or "_" in origin.host:
        return f"{origin.scheme}://*:{origin.port}"
    return str(origin)


def _read() -> dict[str, File]:
    root = resources.files(__name__)
    return {
        entry.name: File(entry.read_bytes(), _MEDIA_TYPES[suffix])
        for entry in root.iterdir()
        if (suffix := entry.name[entry.name.rfind(".") :]) in _MEDIA_TYPES
    }


FILES: Final = _read()
FRAME: Final = resources.files(__name__).joinpath("hcaptcha.html").read_bytes()
