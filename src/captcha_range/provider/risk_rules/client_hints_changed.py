"""The client hints or the Accept-Language at the answer are not those of the opening."""

from captcha_range.provider.risk import Evidence, Finding

CLIENT_HINTS = 0.3
LANGUAGE = 0.2
BOTH = 0.4


def client_hints_changed(evidence: Evidence) -> Finding | None:
    opened, answered = evidence.passage.opening.loaded, evidence.passage.answered
    hints, language = opened.client_hints != answered.client_hints, opened.language != answered.language
    if not hints and not language:
        return None
    changed = " and ".join(name for name, has in (("client hints", hints), ("Accept-Language", language)) if has)
    weight = BOTH if hints and language else CLIENT_HINTS if hints else LANGUAGE
    return Finding("client-hints-changed", weight, f"another {changed} answered than opened the challenge")
