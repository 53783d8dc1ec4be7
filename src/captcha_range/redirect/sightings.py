"""What a run was seen to ask for. It holds no secret and no token: of a token only the start of its digest."""

from collections import Counter
from typing import Any, NamedTuple

import msgspec

from captcha_range.redirect.mapping import Kind


class Verification(NamedTuple):
    """One answered siteverify. `subject` is how the journal names the token; None if none came."""

    subject: str | None
    status: int
    verdict: dict[str, Any] | None
    """None if the answer is no JSON object: a fault that was staged, or a range that stopped."""


class Sightings(msgspec.Struct):
    """Counts, by what was asked for and where."""

    answered: Counter[Kind] = msgspec.field(default_factory=Counter)
    verifications: list[Verification] = msgspec.field(default_factory=list)
    handshakes: Counter[str] = msgspec.field(default_factory=Counter)
    """TLS handshakes that failed because that was staged, by the fault."""
    unknown: Counter[str] = msgspec.field(default_factory=Counter)
    """Of hcaptcha.com, refused because the range knows no such thing: method and address."""
    passed: Counter[str] = msgspec.field(default_factory=Counter)
    """Other hosts, passed on."""
    refused: Counter[str] = msgspec.field(default_factory=Counter)
    """Other hosts, refused because the run is sealed."""
