"""The token was earned on a host that is no longer, or never was, one of the site's."""

from captcha_range.provider.risk import Evidence, Finding

WEIGHT = 0.5


def hostname_unregistered(evidence: Evidence) -> Finding | None:
    if not evidence.hosts or evidence.hostname in evidence.hosts:
        return None
    return Finding("hostname-unregistered", WEIGHT, "earned on a host outside the site's registration")
