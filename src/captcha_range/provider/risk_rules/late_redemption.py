"""The token was kept for most of its life before the site verified it, as a stock of tokens is."""

from captcha_range.provider.risk import Evidence, Finding

STEPS = ((90.0, 0.2), (60.0, 0.1))
"""Seconds from the pass, and what they weigh; a long form takes its time too."""


def late_redemption(evidence: Evidence) -> Finding | None:
    kept = evidence.redemption.kept
    weight = next((weight for most, weight in STEPS if kept >= most), None)
    return None if weight is None else Finding("late-redemption", weight, f"verified {kept:.1f} s after the pass")
