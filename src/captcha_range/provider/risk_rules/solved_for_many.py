"""One address earned tokens for several visitors elsewhere: a farm solves for its customers."""

from captcha_range.provider.risk import Evidence, Finding

FEWEST = 3
WEIGHT = 0.5


def solved_for_many(evidence: Evidence) -> Finding | None:
    count = evidence.redemption.customers
    if count < FEWEST or evidence.remoteip == evidence.passage.answered.address:
        return None
    return Finding("solved-for-many", WEIGHT, f"earned tokens for {count} other visitors within ten minutes")
