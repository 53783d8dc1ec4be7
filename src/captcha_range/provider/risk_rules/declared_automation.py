"""The browser itself says that a program steers it (`navigator.webdriver`, W3C WebDriver)."""

from captcha_range.provider.risk import Evidence, Finding

WEIGHT = 0.6


def declared_automation(evidence: Evidence) -> Finding | None:
    if not evidence.passage.opening.webdriver:
        return None
    return Finding("declared-automation", WEIGHT, "the browser declared navigator.webdriver")
