"""The address takes the same time for one challenge as for the next; people vary by a third and more."""

from captcha_range.provider.risk import Evidence, Finding

FEWEST = 5
STEADIEST_PERSON = 0.1
"""Standard deviation as a share of the mean, of the latest answers. A cautious guess."""

WEIGHT = 0.4


def solved_too_regularly(evidence: Evidence) -> Finding | None:
    seen = evidence.passage.circumstances
    if seen.paces < FEWEST or seen.pace_spread >= STEADIEST_PERSON:
        return None
    told = f"the last {seen.paces} answers of this address took the same time within {seen.pace_spread:.0%}"
    return Finding("solved-too-regularly", WEIGHT, told)
