"""One address earns more tokens a minute than the people behind it would."""

from captcha_range.provider.risk import Evidence, Finding

STEPS = ((40, 0.6), (20, 0.4), (10, 0.2))
"""Passes within a minute, and what they weigh; an office behind one address stays below the first."""


def address_velocity(evidence: Evidence) -> Finding | None:
    count = evidence.passage.circumstances.address_passes
    weight = next((weight for most, weight in STEPS if count >= most), None)
    return None if weight is None else Finding("address-velocity", weight, f"{count} passes within a minute")
