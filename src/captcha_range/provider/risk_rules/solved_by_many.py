"""Several addresses earned tokens for one visitor: a customer of a farm does not solve."""

from captcha_range.provider.risk import Evidence, Finding

FEWEST = 3
WEIGHT = 0.4


def solved_by_many(evidence: Evidence) -> Finding | None:
    count = evidence.redemption.suppliers
    if count < FEWEST or evidence.remoteip == evidence.passage.answered.address:
        return None
    return Finding("solved-by-many", WEIGHT, f"{count} addresses earned tokens for this visitor within ten minutes")
