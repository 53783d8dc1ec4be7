"""Traffic: what the provider has lately seen of all visitors, for the rules that compare one with others.

In memory and bounded; a restart begins with nothing. Used inside the writer's transactions only, so that no
two threads meet here; a transaction that is rolled back leaves its count, which errs towards suspicion by one.
Times are those of one namespace, as each has traffic of its own.
"""

from collections.abc import Sequence
from statistics import fmean, pstdev
from typing import NamedTuple

from captcha_range.provider.answered import Answered, Mark
from captcha_range.provider.minutes import Minutes
from captcha_range.provider.networks import network_of
from captcha_range.provider.observation import Circumstances, Observation, Passage
from captcha_range.provider.recent import Recent

REMEMBERED = 600.0
"""Seconds."""
MINUTE = 60.0
TOKEN_LIFETIME = 120.0
LATE = 90.0
"""Seconds from the pass: what is verified then was kept for most of a token's life."""
BURST = 10.0
"""Seconds in which late verifications count as together."""
REPLIES = 1_024
SITES = 1_024
PACES = 8
UNVERIFIED = 20
"""Tokens of a site whose life is over, none verified: enough to say that nobody checks."""
FAMILIES_ABANDONED = 32


class Redemption(NamedTuple):
    """How a token was redeemed, beside how others were of late.

    `kept`: seconds from the pass. `late`: late verifications of the same account within seconds of this one.
    `earned`: tokens of the solving address whose life is over, and `unredeemed` how many of them nobody
    verified. `customers`: visitors for whom the solving address earned; `suppliers`: addresses that earned for
    this visitor. Both as the site's `remoteip` tells them, and 0 without it.
    """

    kept: float = 0.0
    late: int = 0
    earned: int = 0
    unredeemed: int = 0
    customers: int = 0
    suppliers: int = 0


class Traffic:
    """Notes what happens, and tells what else happened lately."""

    def __init__(self) -> None:
        self._asked: Recent[str] = Recent(each=FAMILIES_ABANDONED)
        self._answers: Recent[tuple[float, bool]] = Recent()
        self._passes: Recent[str] = Recent(each=256)
        self._replies: Recent[Mark] = Recent(keys=SITES // 16, each=REPLIES)
        self._redeemed: Recent[float] = Recent()
        self._late: Recent[None] = Recent(keys=SITES)
        self._customers: Recent[str] = Recent(each=16)
        self._suppliers: Recent[str] = Recent(each=16)
        self._earned: Recent[None] = Recent(keys=SITES, each=UNVERIFIED)
        self._verified: Recent[None] = Recent(keys=SITES, each=1)
        self._warned: Recent[None] = Recent(keys=SITES, each=1)
        self._minutes = Minutes()

    def asked(self, sitekey: str, family: str, loaded: Observation) -> None:
        """A challenge was issued."""
        self._asked.add((sitekey, loaded.address), loaded.at, family)

    def answered(self, answer: Answered, account: bytes) -> Circumstances:
        """An answer was judged. What else is known of where it came from, itself included."""
        address, now = answer.answered.address, answer.answered.at
        self._answers.add(address, now, (answer.taken, answer.passed))
        if answer.passed:
            self._passes.add(address, now, answer.sitekey)
            self._passes.add(network_of(address), now, address)
            if self._earned.count(answer.sitekey, 0.0) < UNVERIFIED:  # the first ones: the latest are never all over
                self._earned.add(answer.sitekey, now, None)
            self._minutes.add(answer.sitekey, now)
            self._minutes.add(account, now)
        told = self._circumstances(answer, account)
        if answer.mark is not None:
            self._replies.add(answer.sitekey, now, answer.mark)
        return told

    def _circumstances(self, answer: Answered, account: bytes) -> Circumstances:
        address, now = answer.answered.address, answer.answered.at
        answers = [value for _, value in self._answers.since(address, now - REMEMBERED)]
        paces = [taken for taken, _ in answers][-PACES:]
        busiest = max((self._minutes.of(key, now) for key in (answer.sitekey, account)), key=lambda each: each.surge)
        network = network_of(address)
        return Circumstances(
            address_passes=self._passes.count(address, now - MINUTE),
            network_passes=self._passes.count(network, now - MINUTE),
            network_addresses=self._passes.distinct(network, now - MINUTE),
            site_passes=busiest.latest,
            site_usual=busiest.usual,
            paces=len(paces),
            pace_spread=spread(paces),
            same_replies=self._same_replies(answer),
            shunned=self._shunned(answer),
            answers=len(answers),
            right=sum(passed for _, passed in answers),
        )

    def _same_replies(self, answer: Answered) -> int:
        """Answers to other challenges of the site with the same mark."""
        if answer.mark is None:
            return 0
        before = self._replies.since(answer.sitekey, answer.answered.at - REMEMBERED)
        return sum(1 for _, mark in before if mark == answer.mark)

    def _shunned(self, answer: Answered) -> int:
        """Challenges of other families that the address asked for and left, since its last pass on this site."""
        address, until = answer.asked.address, answer.asked.at
        passes = self._passes.since(address, until - REMEMBERED)
        since = max((at for at, site in passes if site == answer.sitekey and at <= until), default=until - REMEMBERED)
        asked = self._asked.since((answer.sitekey, address), since)
        others = sum(1 for at, family in asked if at <= until and family != answer.family)
        return max(0, others - (self._answers.count(address, since) - 1))

    def redeemed(self, account: bytes, sitekey: str, passage: Passage, remoteip: str | None, now: float) -> Redemption:
        """A token was verified. How, beside others of late, itself included."""
        address, passed_at = passage.answered.address, passage.answered.at
        self._verified.add(sitekey, now, None)
        self._redeemed.add(address, now, passed_at)
        if remoteip is not None:
            self._customers.add(address, now, remoteip)
            self._suppliers.add(remoteip, now, address)
        kept = now - passed_at
        if kept > LATE:
            self._late.add(account, now, None)
        earned, unredeemed = self._unredeemed(address, now)
        after = now - REMEMBERED
        return Redemption(
            kept=kept,
            late=self._late.count(account, now - BURST) if kept > LATE else 0,
            earned=earned,
            unredeemed=unredeemed,
            customers=0 if remoteip is None else self._customers.distinct(address, after),
            suppliers=0 if remoteip is None else self._suppliers.distinct(remoteip, after),
        )

    def _unredeemed(self, address: str, now: float) -> tuple[int, int]:
        """Of the tokens earned from an address within ten minutes and over by now: all, and those never verified."""
        over, after = now - TOKEN_LIFETIME, now - REMEMBERED
        earned = [at for at, _ in self._passes.since(address, after) if at <= over]
        redeemed = {passed_at for _, passed_at in self._redeemed.since(address, after)} if earned else set()
        return len(earned), sum(1 for at in earned if at not in redeemed)

    def may_warn(self, sitekey: str, now: float) -> bool:
        """Whether the last warning about a site is ten minutes ago; this one counts from now on."""
        if self._warned.count(sitekey, now - REMEMBERED):
            return False
        self._warned.add(sitekey, now, None)
        return True

    def unverified(self, sitekey: str, now: float) -> int:
        """Tokens of a site whose life is over, as far as remembered; 0 if one of its tokens was ever verified."""
        if self._verified.count(sitekey, 0.0):
            return 0
        return sum(1 for at, _ in self._earned.since(sitekey, 0.0) if at <= now - TOKEN_LIFETIME)


def spread(values: Sequence[float]) -> float:
    """The standard deviation as a share of the mean; 0 for fewer than two values or a mean of 0."""
    if len(values) < 2 or not (mean := fmean(values)):
        return 0.0
    return pstdev(values, mean) / mean
