"""What the provider saw of a visitor, at each step towards a token."""

import msgspec


class Observation(msgspec.Struct, frozen=True):
    """One request of a visitor: when (Unix seconds), from where, and as what it introduced itself."""

    at: float
    address: str
    region: str
    user_agent: str


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


class Passage(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a token was earned: asked for, then answered.

    `response_key` only where the site's verdicts tell it (`ekey`); `passive` if no challenge was shown.
    """

    opening: Opening
    answered: Observation
    response_key: str = ""
    passive: bool = False
