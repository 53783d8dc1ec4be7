"""The answer came sooner than a person can read the question, look and point."""

from captcha_range.provider.risk import Evidence, Finding

FASTEST_PERSON = 1.0
"""Seconds from the question to the answer. A cautious guess: people take 9 … 18 s (spec/measurement §6)."""

WEIGHT = 0.4


def solved_too_fast(evidence: Evidence) -> Finding | None:
    if evidence.passage.passive:
        return None
    taken = evidence.passage.answered.at - evidence.passage.opening.loaded.at
    if taken >= FASTEST_PERSON:
        return None
    return Finding("solved-too-fast", WEIGHT, f"answered {taken:.3f} s after it was asked")
