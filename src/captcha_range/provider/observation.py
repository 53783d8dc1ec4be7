"""What the provider saw of a visitor, at each step towards a token."""

from hashlib import blake2b

import msgspec


class Observation(msgspec.Struct, frozen=True, omit_defaults=True):
    """One request of a visitor: when (Unix seconds), from where, and as what it introduced itself.

    `language` and `client_hints` are digests of the headers: they are only ever compared.
    """

    at: float
    address: str
    region: str
    user_agent: str
    language: str = ""
    client_hints: str = ""


CLIENT_HINTS = ("sec-ch-ua", "sec-ch-ua-mobile", "sec-ch-ua-platform")
"""The headers that Chromium sends of its own accord."""


def digest_of_header(value: str) -> str:
    """How a header is remembered: enough to compare; empty for an empty one."""
    return blake2b(value.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest() if value else ""


class PreflightTerms(msgspec.Struct, frozen=True):
    """What a preflight promised: the region and the user agent that the visitor would keep."""

    region: str
    user_agent: str


class Opening(msgspec.Struct, frozen=True):
    """How a challenge was asked for. `preflight_named` is true even if the preflight was unknown or over."""

    loaded: Observation
    preflight_named: bool = False
    preflight: PreflightTerms | None = None
    rqdata: bool = False
    webdriver: bool = False


class Circumstances(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What else the provider had seen when an answer came. It stays with the token: rules need no look-up.

    Passes within a minute from the same address, from its network (and from how many addresses), and of the site
    or of all its secret's sites: the latest minute's, and a usual one's. Of the address within ten minutes:
    answers, how many of them were `right`, the latest `paces` and their spread as a share of their mean,
    and `shunned`, the challenges of other families left unanswered before. `same_replies`: answers to
    other challenges of the site with the very same reply.
    """

    address_passes: int = 0
    network_passes: int = 0
    network_addresses: int = 0
    site_passes: int = 0
    site_usual: float = 0.0
    paces: int = 0
    pace_spread: float = 0.0
    answers: int = 0
    right: int = 0
    shunned: int = 0
    same_replies: int = 0


UNREMARKABLE = Circumstances()


class Passage(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a token was earned: asked for, then answered.

    `response_key` only where the site's verdicts tell it (`ekey`); `passive` if no challenge was shown.
    """

    opening: Opening
    answered: Observation
    response_key: str = ""
    passive: bool = False
    circumstances: Circumstances = UNREMARKABLE
