"""Rate limits: a token bucket for each account and kind of work. Reads are never limited."""

import math
from typing import NamedTuple

import msgspec

from captcha_range.core.clock import Clock
from captcha_range.solver.errors import RateLimited


class Limit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Up to `quota` at once, refilled evenly over `window` seconds."""

    quota: int = 60_000
    window: int = 60

    def __post_init__(self) -> None:
        if not 1 <= self.quota <= 10**9 or not 1 <= self.window <= 86_400:
            raise ValueError("quota: must be 1 … 10^9, window: 1 … 86400 seconds")


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An account's limits, by kind of work."""

    tasks: Limit = Limit()
    recognitions: Limit = Limit()


class Standing(NamedTuple):
    """How an account stands with one limit: `left` now, all of it again after `reset` seconds."""

    kind: str
    limit: Limit
    left: int
    reset: int


class RateLimits:
    """Every bucket, in memory: a restart fills them, which no client can bring about."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}

    def take(self, account: str, limits: Limits, kind: str) -> None:
        """Take one. RateLimited, with the seconds after which there is one again."""
        limit = _limit(limits, kind)
        content = self._content(account, limit, kind)
        if content < 1:
            seconds = math.ceil((1 - content) * limit.window / limit.quota)
            says = f"the account's rate limit for {kind} is reached; try again in {seconds} s"
            raise RateLimited(says, kind=kind, retry_after=seconds)
        self._buckets[account, kind] = (content - 1, self._clock.elapsed())

    def standing(self, account: str, limits: Limits, kind: str) -> Standing:
        """How the account stands with a kind of work."""
        limit = _limit(limits, kind)
        content = self._content(account, limit, kind)
        reset = math.ceil((limit.quota - content) * limit.window / limit.quota)
        return Standing(kind, limit, math.floor(content), reset)

    def _content(self, account: str, limit: Limit, kind: str) -> float:
        now = self._clock.elapsed()
        content, at = self._buckets.get((account, kind), (float(limit.quota), now))
        return min(float(limit.quota), content + (now - at) * limit.quota / limit.window)


def _limit(limits: Limits, kind: str) -> Limit:
    limit: Limit = getattr(limits, kind)
    return limit
