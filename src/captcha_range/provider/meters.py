"""What the provider counts."""

from captcha_range.core.meters import Counter, Meter
from captcha_range.core.observed import HttpMeters

ACCEPTED = "none"
"""The label of a verdict without an error code."""


class Meters:
    """The provider's meters; docs/reference/metrics.md lists them all."""

    def __init__(self) -> None:
        self.http = HttpMeters()
        self.siteverify = Counter(
            "captcha_range_siteverify_total",
            "Verdicts of siteverify, by their first error code; none: the token was accepted.",
            "code",
        )
        self.issued = Counter("captcha_range_challenges_issued_total", "Challenges handed out, by family.", "family")
        self.answered = Counter(
            "captcha_range_challenges_answered_total", "Answers that were judged, by outcome.", "outcome"
        )

    def all(self) -> tuple[Meter, ...]:
        return *self.http.all(), self.siteverify, self.issued, self.answered
