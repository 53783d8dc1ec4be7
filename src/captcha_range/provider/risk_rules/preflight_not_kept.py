"""The challenge named a preflight, but not its region or user agent came."""

from captcha_range.provider.risk import Evidence, Finding

UNKNOWN = 0.3
USER_AGENT = 0.4
REGION = 0.5
BOTH = 0.7


def preflight_not_kept(evidence: Evidence) -> Finding | None:
    opening, answered = evidence.passage.opening, evidence.passage.answered
    if not opening.preflight_named:
        return None
    agreed = opening.preflight
    if agreed is None:
        return Finding("preflight-not-kept", UNKNOWN, "the preflight is unknown, over, or another site's")
    seen = (opening.loaded, answered)
    region = any(observed.region != agreed.region for observed in seen)
    user_agent = any(observed.user_agent != agreed.user_agent for observed in seen)
    if not region and not user_agent:
        return None
    broken = " and ".join(name for name, is_broken in (("region", region), ("user agent", user_agent)) if is_broken)
    weight = BOTH if region and user_agent else REGION if region else USER_AGENT
    return Finding("preflight-not-kept", weight, f"another {broken} than agreed")
