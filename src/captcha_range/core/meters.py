"""Meters: what a plane counts while it works. In memory, and cheap enough for the hottest route.

They belong to the event loop: nothing here is locked. Names and labels follow Prometheus's rules; a label's
values must come from a short list that no request can make longer.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import NamedTuple

QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds that bound the buckets of what is answered at once."""

PATIENT = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
"""The same for what may last as long as a task."""


class Counter:
    """Counts events, by labels."""

    def __init__(self, name: str, told: str, *labels: str) -> None:
        """`told` is what the exposition says of it."""
        self.name = name
        self.told = told
        self.labels = labels
        self.values: dict[tuple[str, ...], int] = {}

    def add(self, *values: str) -> None:
        """One more with these label values."""
        self.values[values] = self.values.get(values, 0) + 1


class Buckets:
    """How many observations fell into each bucket, the last of them above every bound, and their sum."""

    __slots__ = ("counts", "sum")

    def __init__(self, bounds: int) -> None:
        self.counts = [0] * (bounds + 1)
        self.sum = 0.0


class Histogram:
    """Spreads seconds over buckets, by labels."""

    def __init__(self, name: str, told: str, bounds: tuple[float, ...], *labels: str) -> None:
        self.name = name
        self.told = told
        self.bounds = bounds
        self.labels = labels
        self.values: dict[tuple[str, ...], Buckets] = {}

    def observe(self, seconds: float, *values: str) -> None:
        """One more observation with these label values."""
        buckets = self.values.get(values)
        if buckets is None:
            buckets = self.values[values] = Buckets(len(self.bounds))
        buckets.counts[bisect_left(self.bounds, seconds)] += 1
        buckets.sum += seconds

    def cumulated(self, values: tuple[str, ...]) -> Iterator[tuple[str, int]]:
        """Each bucket's upper bound and how many observations lie at or below it."""
        reached = 0
        for bound, count in zip((*map(str, self.bounds), "+Inf"), self.values[values].counts, strict=True):
            reached += count
            yield bound, reached


class Gauge(NamedTuple):
    """Something that is read when it is asked for."""

    name: str
    told: str
    read: Callable[[], float]


Meter = Counter | Histogram | Gauge
