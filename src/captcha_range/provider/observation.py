"""What the provider saw of a visitor, at each step towards a token."""

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
    """How a token was earned: asked for, then answered."""

    opening: Opening
    answered: Observation
    circumstances: Circumstances = UNREMARKABLE
