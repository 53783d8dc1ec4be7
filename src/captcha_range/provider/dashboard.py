"""The dashboard's files, compiled from `web/` by `make web`, and what a browser may do with them."""

from importlib import resources
from typing import Final

from captcha_range.provider.web import MEDIA_TYPES, File

PATH: Final = "/dashboard"
GALLERY: Final = "gallery"
"""The namespace of the sites that the gallery registers for itself."""

HEADERS: Final = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types widget"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-cache",
}
"""`no-cache`: the files change with the range's version, and come from this machine anyway."""


def _read() -> dict[str, File]:
    root = resources.files("captcha_range.provider.web") / "dashboard"
    return {
        entry.name: File(entry.read_bytes(), MEDIA_TYPES[entry.name[entry.name.rfind(".") :]])
        for entry in root.iterdir()
    }


FILES: Final = _read()
PAGE: Final = FILES.pop("dashboard.html").content
