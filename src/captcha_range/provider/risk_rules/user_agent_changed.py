"""The user agent at the answer is not the one that opened the challenge."""

from captcha_range.provider.risk import Evidence, Finding

WEIGHT = 0.4


def user_agent_changed(evidence: Evidence) -> Finding | None:
    if evidence.passage.answered.user_agent == evidence.passage.opening.loaded.user_agent:
        return None
    return Finding("user-agent-changed", WEIGHT, "another user agent answered than opened the challenge")
