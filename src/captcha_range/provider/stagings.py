"""Stagings: which scenario is to happen next, for whom, and how often.

They are in memory: a restart clears the stage.
"""

from collections.abc import Sequence

import msgspec

from captcha_range.core.errors import RangeError
from captcha_range.core.ids import new_uuid
from captcha_range.provider.namespaces import GALLERY
from captcha_range.provider.scenarios import BY_NAME, Scenario
from captcha_range.provider.sites import Site

MOST = 1_000
LONGEST = 300.0
DEFAULT_SECONDS = {"slow": 3.0, "hang": 60.0}


class StagingInvalid(RangeError):
    """A staging's field cannot be taken; the message names it and what would be right."""

    code = "staging_invalid"


class StagingUnknown(RangeError):
    """There is no staging with this id; it was ended, or has happened as often as it was to."""

    code = "staging_unknown"


class StagingOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is given to stage a scenario. Without `sitekey` and `namespace` it is for every site.

    `requests`: how often it happens; without, until it is ended. `seconds`: how slow `slow` and `hang` are.
    """

    scenario: str
    sitekey: str | None = None
    namespace: str | None = None
    requests: int | None = None
    seconds: float | None = None


class Staging(msgspec.Struct, kw_only=True):
    """A staged scenario; `left` counts down to 0, None is without end."""

    id: str
    scenario: str
    sitekey: str | None
    namespace: str | None
    left: int | None
    seconds: float

    def is_for(self, sites: Sequence[Site]) -> bool:
        """Whether a call of one of these sites is meant.

        Who looks at challenges in the dashboard must not use up what is staged for a test: the sites of its gallery are
        meant only where they are named.
        """
        if self.sitekey is None and self.namespace is None:
            return not sites or any(site.namespace != GALLERY for site in sites)
        return any(self.sitekey in (None, site.sitekey) and self.namespace in (None, site.namespace) for site in sites)


class Playing(msgspec.Struct, frozen=True):
    """A scenario that happens to this very call; `is_magic` if a magic key asked for it."""

    scenario: Scenario
    seconds: float
    is_magic: bool = False


def playing_magic(scenario: Scenario) -> Playing:
    """The scenario of a magic key."""
    return Playing(scenario, DEFAULT_SECONDS.get(scenario.fault, 0.0), is_magic=True)


class Stagings:
    """What is staged. Used in the event loop's thread only, so that counting needs no lock."""

    def __init__(self) -> None:
        self._staged: list[Staging] = []

    def all(self) -> list[Staging]:
        """What is staged, in the order in which it was."""
        return list(self._staged)

    def add(self, order: StagingOrder) -> Staging:
        """Stage a scenario. StagingInvalid names the first wrong field."""
        scenario = BY_NAME.get(order.scenario)
        if scenario is None:
            raise StagingInvalid("scenario: there is none with this name; GET /admin/scenarios lists them")
        if order.requests is not None and not 1 <= order.requests <= 1_000_000:
            raise StagingInvalid("requests: must be 1 … 1000000, or left out for no end")
        if order.seconds is not None and not 0 <= order.seconds <= LONGEST:
            raise StagingInvalid(f"seconds: must be 0 … {LONGEST:.0f}")
        if len(self._staged) >= MOST:
            raise StagingInvalid(f"scenario: {MOST} are staged already; end some with DELETE /admin/stagings")
        staging = Staging(
            id=new_uuid(),
            scenario=scenario.name,
            sitekey=None if order.sitekey is None else order.sitekey.lower(),
            namespace=order.namespace,
            left=order.requests,
            seconds=DEFAULT_SECONDS.get(scenario.fault, 0.0) if order.seconds is None else order.seconds,
        )
        self._staged.append(staging)
        return staging

    def end(self, staging: str) -> None:
        """End one staging. StagingUnknown."""
        left = [each for each in self._staged if each.id != staging]
        if len(left) == len(self._staged):
            raise StagingUnknown
        self._staged = left

    def clear(self, sites: Sequence[Site] | None = None, namespace: str | None = None) -> None:
        """End every staging, or those that name one of these sites or this namespace."""
        if sites is None and namespace is None:
            self._staged = []
            return
        sitekeys = {site.sitekey for site in sites or ()}
        self._staged = [
            each
            for each in self._staged
            if each.sitekey not in sitekeys and (each.namespace is None or each.namespace != namespace)
        ]

    def __bool__(self) -> bool:
        return bool(self._staged)

    def take(self, call: str, sites: Sequence[Site]) -> Playing | None:
        """The scenario that happens to a call of one of these sites, counted down.

        Those that happen a number of times come before those without end; of the first the oldest counts, of
        the second the latest.
        """
        meant = [each for each in self._staged if BY_NAME[each.scenario].at == call and each.is_for(sites)]
        if not meant:
            return None
        counted = [each for each in meant if each.left is not None]
        chosen = counted[0] if counted else meant[-1]
        if chosen.left is not None:
            chosen.left -= 1
            if chosen.left == 0:
                self._staged.remove(chosen)
        return Playing(BY_NAME[chosen.scenario], chosen.seconds)
