"""Solve rates as plots: one HTML file without external parts, drawn as SVG."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Final

import jinja2

from captcha_range.challenges.family import LEVELS
from captcha_range.measurement.intervals import Interval, wilson
from captcha_range.measurement.solve_rates import SolveRate

WIDTH, HEIGHT = 300, 200
"""Units of an SVG's own coordinates: the plot without its labels."""
_COLOURS: Final = ("#1f77b4", "#d95f02", "#1b9e77", "#7570b3", "#e7298a", "#66a61e")


@dataclass(frozen=True, slots=True)
class Mark:
    """A share with its interval, at a place of the plot; `told` says it in words."""

    x: float
    y: float
    low: float
    high: float
    told: str


@dataclass(frozen=True, slots=True)
class Curve:
    """The marks of one recogniser from left to right; `band` and `line` are SVG points."""

    name: str
    colour: str
    marks: list[Mark]

    @property
    def line(self) -> str:
        """Through the marks."""
        return _points([(mark.x, mark.y) for mark in self.marks])

    @property
    def band(self) -> str:
        """Round the intervals."""
        there = [(mark.x, mark.high) for mark in self.marks]
        return _points(there + [(mark.x, mark.low) for mark in reversed(self.marks)])


@dataclass(frozen=True, slots=True)
class Plot:
    """A heading, the recognisers' curves, a dashed line to compare with, and the labels below."""

    title: str
    curves: list[Curve]
    dashed: str
    ticks: list[tuple[float, str]]


def page_of(rates: Sequence[SolveRate]) -> str:
    """The HTML: for each family the rate against the level, for each the rate against the confidence."""
    source = (resources.files("captcha_range.measurement") / "rates.html.j2").read_text(encoding="utf-8")
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    families = list(dict.fromkeys(rate.family for rate in rates))
    return environment.from_string(source).render(
        width=WIDTH,
        height=HEIGHT,
        levels=[_by_level(family, [rate for rate in rates if rate.family == family]) for family in families],
        reliability=[_by_confidence(family, [rate for rate in rates if rate.family == family]) for family in families],
        rates=rates,
    )


def _by_level(family: str, rates: list[SolveRate]) -> Plot:
    curves = []
    for name, colour in _colours(rates).items():
        own = sorted((rate for rate in rates if rate.recogniser == name), key=lambda rate: rate.level)
        marks = [_mark(_x_of(rate.level), rate.right, rate.count, f"level {rate.level}") for rate in own]
        curves.append(Curve(name, colour, marks))
    floors = {rate.level: rate.floor for rate in rates}
    dashed = _points([(_x_of(level), _y_of(floors[level])) for level in sorted(floors)])
    return Plot(family, curves, dashed, [(_x_of(level), str(level)) for level in LEVELS])


def _by_confidence(family: str, rates: list[SolveRate]) -> Plot:
    """All levels together: a confidence means the same at each of them."""
    curves = []
    for name, colour in _colours(rates).items():
        tenths: dict[int, list[tuple[int, float, int]]] = {}
        for each in (each for rate in rates if rate.recogniser == name for each in rate.reliability):
            place = min(int(10 * each.confidence), 9)
            tenths.setdefault(place, []).append((each.count, each.count * each.confidence, each.right))
        marks = []
        for _, bins in sorted(tenths.items()):
            count, total, right = (sum(column) for column in zip(*bins, strict=True))
            marks.append(_mark(WIDTH * total / count, int(right), int(count), f"confidence {total / count:.2f}"))
        curves.append(Curve(name, colour, marks))
    ticks = [(WIDTH * share / 4, f"{25 * share} %") for share in range(5)]
    return Plot(family, curves, _points([(0, HEIGHT), (WIDTH, 0)]), ticks)


def _colours(rates: list[SolveRate]) -> dict[str, str]:
    """Each recogniser's colour."""
    names = dict.fromkeys(rate.recogniser for rate in rates)
    return {name: _COLOURS[number % len(_COLOURS)] for number, name in enumerate(names)}


def _mark(x: float, right: int, count: int, where: str) -> Mark:
    share, interval = right / count, wilson(right, count)
    told = f"{where}: {right} of {count}, {_percent(share)} ({_span(interval)})"
    return Mark(x, _y_of(share), _y_of(interval.low), _y_of(interval.high), told)


def _x_of(level: int) -> float:
    return WIDTH * (level - LEVELS[0] + 0.5) / len(LEVELS)


def _y_of(share: float) -> float:
    return HEIGHT * (1 - share)


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _span(interval: Interval) -> str:
    return f"{_percent(interval.low)} – {_percent(interval.high)}"


def _points(places: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
