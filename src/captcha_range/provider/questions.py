"""What a site's server asks siteverify: the fields of its form, and what the form alone decides."""

import re
from typing import NamedTuple
from urllib.parse import unquote_plus

import msgspec

from captcha_range.core.lab_nets import parse_address
from captcha_range.provider import tokens
from captcha_range.provider.multipart import MOST_FIELDS, MULTIPART, parse_multipart
from captcha_range.provider.sites import SITEKEY

STRICTNESS = ("off", "low", "high")
MOST_TAGS = 32
LONGEST_TAG = 64

_URLENCODED = b"application/x-www-form-urlencoded"
_MAX_AGE = re.compile(r"[0-9]{1,9}", re.ASCII)


class Query(NamedTuple):
    """A well-formed question. `remoteip` is an address in its plain form; `sitekey` is lower-case.

    `strictness` says how `remoteip` is compared: not at all, by region and network, or exactly.
    """

    response: str
    secret: str
    remoteip: str | None
    sitekey: str | None
    max_age: float
    strictness: str = "high"
    client_tokens: tuple[str, ...] = ()
    client_tags: tuple[str, ...] = ()
    behavior_type: str = ""


def is_form(content_type: bytes) -> bool:
    """Whether a body of this type may be read: clients that forget the header are, JSON and others are not."""
    return not content_type or _plain(content_type).startswith((_URLENCODED, MULTIPART))


def parse_fields(body: bytes, query_string: bytes, content_type: bytes = b"") -> dict[str, str] | None:
    """The fields of a body and of the query string, the first of each name counting; None if malformed.

    A body that is no form has no fields.
    """
    try:
        pairs = _pairs(body, content_type) + _escaped(query_string.decode("latin-1"))
    except ValueError:
        return None
    return dict(reversed(pairs))


def _pairs(body: bytes, content_type: bytes) -> list[tuple[str, str]]:
    if not body or not is_form(content_type):
        return []
    if _plain(content_type).startswith(MULTIPART):
        return parse_multipart(body, content_type)
    return _escaped(body.decode())


def _escaped(text: str) -> list[tuple[str, str]]:
    """As `parse_qsl` does it, in half the time."""
    if text.count("&") >= MOST_FIELDS:
        raise ValueError("over 100 fields")
    pairs = (pair.partition("=") for pair in text.split("&") if pair)
    return [(unquote_plus(name), unquote_plus(value)) for name, _, value in pairs]


def _plain(content_type: bytes) -> bytes:
    return content_type.strip().lower()


def parse_query(fields: dict[str, str]) -> Query | list[str]:
    """The question, or the error codes that its form alone earns."""
    response, secret = fields.get("response", ""), fields.get("secret", "")
    missing = [f"missing-input-{name}" for name, value in (("response", response), ("secret", secret)) if not value]
    if missing:
        return missing
    sitekey = fields.get("sitekey") or None
    if sitekey is not None and not SITEKEY.fullmatch(sitekey):
        return ["invalid-sitekey"]
    remoteip = fields.get("remoteip") or None
    address = None if remoteip is None else parse_address(remoteip)
    if remoteip is not None and address is None:
        return ["invalid-remoteip"]
    max_age = fields.get("max_age") or None
    strictness = fields.get("remoteip_strictness") or "high"
    if (max_age is not None and not _MAX_AGE.fullmatch(max_age)) or strictness not in STRICTNESS:
        return ["bad-request"]
    return Query(
        response=response,
        secret=secret,
        remoteip=None if address is None else str(address),
        sitekey=None if sitekey is None else sitekey.lower(),
        # A token never outlives its 120 s: `max_age` can only ask for a fresher one.
        max_age=tokens.LIFETIME if max_age is None else min(tokens.LIFETIME, float(max_age)),
        strictness=strictness,
        client_tokens=_tags(fields.get("client_tokens", "")),
        client_tags=_tags(fields.get("client_tags", "")),
        behavior_type=fields.get("behavior_type", "")[:LONGEST_TAG],
    )


def _tags(text: str) -> tuple[str, ...]:
    """A JSON list of strings, or words between commas; what is more or longer than it may be is left out."""
    if not text:
        return ()
    try:
        tags = msgspec.json.decode(text, type=list[str])
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        tags = [part.strip() for part in text.split(",")]
    return tuple(tag for tag in tags[:MOST_TAGS] if 0 < len(tag) <= LONGEST_TAG)
