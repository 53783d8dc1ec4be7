"""How many a minute, now and usually: ten numbers for every key, however many are counted."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import NamedTuple

MINUTES = 10
MOST_KEYS = 2_048


class Rate(NamedTuple):
    """`latest`: counted in the current minute; `usual`: a minute's mean of the nine before."""

    latest: int
    usual: float

    @property
    def surge(self) -> float:
        """How many times the usual; a usual below one counts as one."""
        return self.latest / max(1.0, self.usual)


class Minutes:
    """Counts by key and minute of the clock. Of too many keys, the one counted longest ago is lost."""

    def __init__(self) -> None:
        self._all: OrderedDict[Hashable, dict[int, int]] = OrderedDict()

    def add(self, key: Hashable, at: float) -> None:
        """Count one for `key` at a time, in Unix seconds."""
        minute, counts = int(at // 60), self._all.setdefault(key, {})
        counts[minute] = counts.get(minute, 0) + 1
        for old in [each for each in counts if each <= minute - MINUTES]:
            del counts[old]
        self._all.move_to_end(key)
        if len(self._all) > MOST_KEYS:
            self._all.popitem(last=False)

    def of(self, key: Hashable, at: float) -> Rate:
        """The rate of `key` at a time."""
        minute, counts = int(at // 60), self._all.get(key, {})
        before = sum(count for each, count in counts.items() if minute - MINUTES < each < minute)
        return Rate(counts.get(minute, 0), before / (MINUTES - 1))
