"""What a run was seen to do, for the person who started it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from captcha_range.redirect.mapping import Kind
from captcha_range.redirect.sightings import Sightings, Verification

_LONGEST_LIST = 20


def report(sightings: Sightings, journal: Iterable[dict[str, Any]]) -> str:
    """Some lines of text. `journal`: the provider's entries of the run, oldest first."""
    return "\n".join(f"captcha-range exec: {line}" for line in _lines(sightings, journal))


def _lines(sightings: Sightings, journal: Iterable[dict[str, Any]]) -> Iterator[str]:
    counted = ", ".join(f"{kind} {sightings.answered[kind]}" for kind in Kind)
    yield f"hcaptcha.com was answered by the range: {counted}"
    outcomes = Counter(_outcomes(sightings.verifications, journal))
    yield from (f"  {count} × siteverify {outcome}" for outcome, count in outcomes.items())
    yield from _list("TLS handshakes that failed, as it was staged:", sightings.handshakes)
    yield from _list("of hcaptcha.com, unknown to the range and refused:", sightings.unknown)
    yield from _list("passed on to other hosts, as it was:", sightings.passed)
    yield from _list("refused, because the run is sealed:", sightings.refused)
    if not (sightings.unknown or sightings.passed or sightings.refused):
        yield "nothing else tried to leave through the proxy"


def _outcomes(verifications: Iterable[Verification], journal: Iterable[dict[str, Any]]) -> Iterator[str]:
    reasons: defaultdict[str, list[str]] = defaultdict(list)
    for entry in journal:
        reasons[entry["subject"]].append(entry["facts"].get("why") or "")
    for verification in verifications:
        noted = reasons.get(verification.subject or "")
        why = noted.pop(0) if noted else ""
        yield _outcome(verification) + (f": {why}" if why else "")


def _outcome(verification: Verification) -> str:
    verdict = verification.verdict
    if verdict is None or "success" not in verdict:
        return f"got HTTP {verification.status} and no verdict"
    if verdict["success"] is True:
        score = f", score {verdict['score']}" if "score" in verdict else ""
        return f"accepted for {verdict.get('hostname')}{score}"
    return f"refused with {', '.join(map(str, verdict.get('error-codes', ['no code'])))}"


def _list(title: str, counts: Counter[str]) -> Iterator[str]:
    if not counts:
        return
    yield title
    yield from (f"  {count} × {what}" for what, count in counts.most_common(_LONGEST_LIST))
    if len(counts) > _LONGEST_LIST:
        yield f"  and {len(counts) - _LONGEST_LIST} more"
