"""Is a history of verifications one of single-use tokens? One pass over each token's operations."""

from collections.abc import Iterator, Sequence

from tests.histories.records import UNKNOWN, History, Verification

LIFETIME = 120.0
"""Seconds that a token lives: the contract's figure, written here once more so that the product cannot move it."""

SEEN = "already-seen-response"
EXPIRED = "expired-input-response"


def token_breaches(history: History) -> Iterator[str]:
    """Every promise about tokens that the history breaks."""
    for digest, issued_at in history.issued_at.items():
        name = digest.hex()[:16]
        done = history.verifications.get(digest, [])
        verified = history.verified[name]
        yield from (f"token {name}: {breach}" for breach in _of_token(done, issued_at + LIFETIME, verified))


def _of_token(done: Sequence[Verification], dies_at: float, verified: int) -> Iterator[str]:
    accepted = [each for each in done if each.told == "success"]
    # What nobody was told may have used the token up, once.
    perhaps = [each for each in done if each.told == UNKNOWN]
    if len(accepted) > 1:
        yield f"accepted {len(accepted)} times"
    if not len(accepted) <= verified <= len(accepted) + min(1, len(perhaps)):
        yield f"accepted {len(accepted)} times, but its journal has {verified}"
    if any(each.span.clock_invoked >= dies_at for each in accepted):
        yield "accepted after its life"
    first_use = min((each.span.invoked for each in accepted + perhaps), default=None)
    for each in done:
        yield from _of_refusal(each, dies_at, first_use)


def _of_refusal(each: Verification, dies_at: float, first_use: int | None) -> Iterator[str]:
    if each.told == SEEN and (first_use is None or first_use > each.span.returned):
        yield "refused as seen before anybody used it"
    if each.told == EXPIRED and each.span.clock_returned < dies_at:
        yield "refused as expired during its life"
    if each.told not in ("success", SEEN, EXPIRED, UNKNOWN):
        yield f"refused with {each.told}"
