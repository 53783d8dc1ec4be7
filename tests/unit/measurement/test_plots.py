"""The plots: every rate is where it belongs, and the file needs nothing else."""

import re
import xml.etree.ElementTree as ET

import pytest

from captcha_range.measurement.plots import HEIGHT, WIDTH, page_of
from captcha_range.measurement.solve_rates import Attempt, Bin, SolveRate, summed_up


def rate(level: int, right: int, count: int, recogniser: str = "classical") -> SolveRate:
    attempts = [Attempt("right" if number < right else "wrong", 0.85, 0.01) for number in range(count)]
    return summed_up("grid", level, recogniser, "seed", attempts)


def marks(page: str) -> list[tuple[float, float, str]]:
    found = re.findall(r'<circle cx="([^"]+)" cy="([^"]+)"[^>]*><title>([^<]+)</title>', page)
    return [(float(x), float(y), told) for x, y, told in found]


def test_tries_are_put_into_tenths_of_confidence() -> None:
    attempts = [Attempt("right", 0.31, 0.0), Attempt("wrong", 0.39, 0.0), Attempt("right", 1.0, 0.0)]
    found = summed_up("grid", 1, "classical", "seed", [*attempts, Attempt("abstained", 0.0, 0.0)]).reliability
    assert found == (Bin(2, pytest.approx(0.35), 1), Bin(1, 1.0, 1))  # type: ignore[arg-type]


def test_a_mark_stands_at_its_level_and_rate() -> None:
    at_levels = marks(page_of([rate(1, 3, 4), rate(5, 0, 4)]))[:2]
    assert at_levels[0] == (WIDTH / 10, HEIGHT / 4, "classical, level 1: 3 of 4, 75.0 % (30.1 % – 95.4 %)")
    assert at_levels[1][:2] == (WIDTH * 0.9, HEIGHT)


def test_confidence_is_plotted_against_the_rate_of_all_levels() -> None:
    x, y, told = marks(page_of([rate(1, 3, 4), rate(5, 0, 4)]))[2]
    assert [x, y] == pytest.approx([WIDTH * 0.85, HEIGHT * (1 - 3 / 8)])
    assert told.startswith("classical, confidence 0.85: 3 of 8, 37.5 %")


def test_the_page_needs_nothing_from_elsewhere_and_escapes_names() -> None:
    page = page_of([rate(1, 1, 2, "<script>")])
    assert not re.search(r"<script|<link|src=|href=|url\(|@import", page)
    for picture in re.findall(r"<svg.*?</svg>", page, re.S):
        ET.fromstring(picture)  # noqa: S314 - our own


def test_who_never_answers_has_a_curve_without_marks() -> None:
    silent = summed_up("grid", 1, "classical", "seed", [Attempt("abstained", 0.0, 0.0)])
    assert len(marks(page_of([silent]))) == 1
