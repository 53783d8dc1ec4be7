"""The address earns tokens that nobody verifies: a stock made for sale, of which some is thrown away."""

from captcha_range.provider.risk import Evidence, Finding

FEWEST = 5
"""Tokens whose life is over, from this address within ten minutes."""

STEPS = ((0.8, 0.5), (0.5, 0.3))
"""The share that was never verified, and what it weighs."""


def unredeemed_tokens(evidence: Evidence) -> Finding | None:
    redemption = evidence.redemption
    if redemption.earned < FEWEST:
        return None
    share = redemption.unredeemed / redemption.earned
    weight = next((weight for most, weight in STEPS if share >= most), None)
    told = f"{redemption.unredeemed} of {redemption.earned} earlier tokens of this address were never verified"
    return None if weight is None else Finding("unredeemed-tokens", weight, told)
