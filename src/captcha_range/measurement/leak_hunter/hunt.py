"""The hunt: each group of features against the floor, on challenges that it did not learn from."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec

from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.challenges.family import Family
from captcha_range.measurement.intervals import Interval, at_most, chance_of_at_least, holm, wilson
from captcha_range.measurement.leak_hunter.features import GROUPS
from captcha_range.measurement.leak_hunter.learning import tried
from captcha_range.measurement.leak_hunter.replies import Rights, rights_of
from captcha_range.measurement.leak_hunter.sighting import Sighting

LEAST: Final = 8
"""Challenges that a hunt needs: a quarter to learn from, a quarter to choose by, half to try on."""
RISK: Final = 0.05
"""The chance that a range without any leak is said to have one, over all rows of a report."""


class Row(msgspec.Struct, frozen=True):
    """One group's rate on the held-out half. `upper`: the rate is not above it, one-sided, with 95 % confidence.

    `chance` is that of so many hits or more at the floor; `corrected` is it for the number of rows in the report.
    """

    family: str
    level: int
    group: str
    feature: str
    hits: int
    trials: int
    interval: Interval
    upper: float
    floor: float
    chance: float
    corrected: float = 1.0

    @property
    def rate(self) -> float:
        """Hits among the trials."""
        return self.hits / self.trials

    @property
    def is_leak(self) -> bool:
        """Whether chance does not explain so many hits."""
        return self.corrected < RISK


class Oddity(msgspec.Struct, frozen=True):
    """Something that must never happen, whatever it is worth to an attacker, and how often it did."""

    family: str
    level: int
    what: str
    times: int


class Report(msgspec.Struct, frozen=True):
    """What one hunt found. `count` challenges of each family and level, half of them held out."""

    count: int
    rows: list[Row]
    oddities: list[Oddity]

    @property
    def leaks(self) -> list[Row]:
        """The rows that chance does not explain."""
        return [row for row in self.rows if row.is_leak]

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found."""
        return not self.leaks and not self.oddities


def hunted(family: str, level: int, seen: Sequence[Sighting]) -> list[Row]:
    """A row for each group, not yet corrected. ValueError for fewer sightings than `LEAST`."""
    if len(seen) < LEAST:
        raise ValueError(f"a hunt needs at least {LEAST} challenges")
    rights = rights_of(FAMILIES[family], [each.answer for each in seen])
    return [_row(FAMILIES[family], level, seen, group, rights) for group in GROUPS]


def oddities_of(family: str, level: int, seen: Sequence[Sighting]) -> list[Oddity]:
    """Repeated ids and pictures, wrong replies that passed, second replies that were taken."""
    views = [each.view.json() for each in seen]
    counted = {
        "challenge ids repeated": _repeated([view["challenge"] for view in views]),
        "picture ids repeated": _repeated([view["picture"] for view in views]),
        "pictures repeated": _repeated([each.picture.body for each in seen]),
        "wrong replies not refused": sum(each.judged.json() != {"pass": False} for each in seen),
        "second replies taken": sum(each.again.status == 200 for each in seen),
    }
    return [Oddity(family, level, what, times) for what, times in counted.items() if times]


def reported(count: int, rows: Sequence[Row], oddities: Sequence[Oddity]) -> Report:
    """The report, with each row's chance corrected for the number of all rows (Holm)."""
    corrected = holm([row.chance for row in rows])
    done = [msgspec.structs.replace(row, corrected=chance) for row, chance in zip(rows, corrected, strict=True)]
    return Report(count, done, list(oddities))


def _row(family: Family, level: int, seen: Sequence[Sighting], group: str, rights: Rights) -> Row:
    trial = tried(GROUPS[group](seen), rights, len(seen) // 2)
    floor = family.floor(level)
    return Row(
        family=family.name,
        level=level,
        group=group,
        feature=trial.feature,
        hits=trial.hits,
        trials=trial.trials,
        interval=wilson(trial.hits, trial.trials),
        upper=at_most(trial.hits, trial.trials),
        floor=floor,
        chance=chance_of_at_least(trial.hits, trial.trials, floor),
    )


def _repeated(values: Sequence[object]) -> int:
    return sum(times - 1 for times in Counter(values).values())
