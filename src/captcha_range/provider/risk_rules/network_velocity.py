"""Several addresses of one network earn many tokens a minute between them."""

from captcha_range.provider.risk import Evidence, Finding

STEPS = ((100, 0.4), (50, 0.3), (25, 0.2))
"""Passes within a minute from the /24 or /48, and what they weigh."""

FEWEST_ADDRESSES = 3
"""Below, `address_velocity` says all there is to say."""


def network_velocity(evidence: Evidence) -> Finding | None:
    seen = evidence.passage.circumstances
    weight = next((weight for most, weight in STEPS if seen.network_passes >= most), None)
    if weight is None or seen.network_addresses < FEWEST_ADDRESSES:
        return None
    told = f"{seen.network_passes} passes within a minute from {seen.network_addresses} addresses of one network"
    return Finding("network-velocity", weight, told)
