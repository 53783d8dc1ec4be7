"""Used tokens that were earned from this address have come back lately."""

from captcha_range.provider.risk import Evidence, Finding

WEIGHT_EACH = 0.2
HEAVIEST = 0.8


def token_replays(evidence: Evidence) -> Finding | None:
    count = evidence.recent_replays
    if count == 0:
        return None
    weight = min(HEAVIEST, 1.0 - (1.0 - WEIGHT_EACH) ** count)
    return Finding("token-replays", weight, f"{count} replayed in the last ten minutes")
