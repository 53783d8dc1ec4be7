"""The site, or all sites of its secret, are passed many times as often as usual. Weighs little: it is nobody's own."""

from captcha_range.provider.risk import Evidence, Finding

FEWEST = 60
"""Passes in a minute below which nothing is a surge."""

TIMES = 5.0
WEIGHT = 0.1


def site_surge(evidence: Evidence) -> Finding | None:
    seen = evidence.passage.circumstances
    if seen.site_passes < FEWEST or seen.site_passes < TIMES * max(1.0, seen.site_usual):
        return None
    return Finding("site-surge", WEIGHT, f"{seen.site_passes} passes this minute, usually {seen.site_usual:.1f}")
