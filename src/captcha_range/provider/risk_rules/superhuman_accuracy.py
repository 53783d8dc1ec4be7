"""The address is right more often than people are."""

from math import sqrt

from captcha_range.provider.risk import Evidence, Finding

BEST_PERSON = 0.933
"""Share of right answers: people's overall figure in Open CaptchaWorld, as quoted in spec/measurement."""

Z_95 = 1.96
WEIGHT = 0.3


def superhuman_accuracy(evidence: Evidence) -> Finding | None:
    seen = evidence.passage.circumstances
    if surely_above(seen.right, seen.answers) <= BEST_PERSON:
        return None
    told = f"{seen.right} of {seen.answers} answers of this address were right within ten minutes"
    return Finding("superhuman-accuracy", WEIGHT, told)


def surely_above(right: int, answers: int) -> float:
    """The lower end of the Wilson interval of a share, 95 %; 0 of no answers."""
    if answers == 0:
        return 0.0
    share, square = right / answers, Z_95 * Z_95 / answers
    spread = Z_95 * sqrt(share * (1 - share) / answers + square / (4 * answers))
    return (share + square / 2 - spread) / (1 + square)
