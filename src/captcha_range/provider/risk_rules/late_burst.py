"""Several tokens of one account are verified together near the end of their lives."""

from captcha_range.provider.risk import Evidence, Finding

FEWEST = 3
WEIGHT = 0.4


def late_burst(evidence: Evidence) -> Finding | None:
    count = evidence.redemption.late
    if count < FEWEST:
        return None
    return Finding("late-burst", WEIGHT, f"{count} tokens verified late within ten seconds")
