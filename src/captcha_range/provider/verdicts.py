"""The JSON objects that siteverify answers, key by key in the order of the public contract (spec/provider §4)."""

from datetime import UTC, datetime
from typing import Any

from captcha_range.provider.scenarios import Scenario

Verdict = dict[str, Any]
"""The JSON object of an answer."""


def refused(*codes: str) -> Verdict:
    return {"success": False, "error-codes": list(codes)}


def publisher_verdict(hostname: str, when: str) -> Verdict:
    return {"success": True, "credit": False, "hostname": hostname, "challenge_ts": when}


def enterprise_verdict(hostname: str, sitekey: str, when: str, score: float, reasons: tuple[str, ...]) -> Verdict:
    return {
        "success": True,
        "hostname": hostname,
        "sitekey": sitekey,
        "challenge_ts": when,
        "score": score,
        "score_reason": list(reasons),
    }


def changed(verdict: Verdict, scenario: Scenario, sitekey: str, now: float) -> Verdict:
    """An accepted verdict with what a scenario says instead; a score makes it an Enterprise site's."""
    changes = dict(scenario.changes)
    age = changes.pop("age", None)
    if "score" in changes and "score" not in verdict:
        verdict = enterprise_verdict(verdict["hostname"], sitekey, verdict["challenge_ts"], 0.0, ())
    if age is not None:
        changes["challenge_ts"] = timestamp(now - age, 6)
    return {**verdict, **changes}


def timestamp(at: float, fraction_digits: int) -> str:
    """ISO 8601 in UTC with `Z`, with 3 or 6 fraction digits."""
    timespec = "milliseconds" if fraction_digits == 3 else "microseconds"
    return datetime.fromtimestamp(at, UTC).isoformat(timespec=timespec).removesuffix("+00:00") + "Z"
