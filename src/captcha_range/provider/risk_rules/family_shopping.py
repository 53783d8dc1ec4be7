"""Challenges of other families were left unanswered until one of this family came."""

from captcha_range.provider.risk import Evidence, Finding

STEPS = ((8, 0.5), (5, 0.4), (3, 0.2))
"""Challenges left since the last pass, and what they weigh; everybody may ask for another one or two."""


def family_shopping(evidence: Evidence) -> Finding | None:
    count = evidence.passage.circumstances.shunned
    weight = next((weight for most, weight in STEPS if count >= most), None)
    return None if weight is None else Finding("family-shopping", weight, f"left {count} challenges of other families")
