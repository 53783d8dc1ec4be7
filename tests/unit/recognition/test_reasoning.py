from itertools import combinations, permutations

import numpy as np
import pytest

from captcha_range.recognition import (
    bounding_box,
    calibration,
    count,
    grid,
    margin,
    odd_one_out,
    order_click,
    pair,
    relation,
)
from captcha_range.recognition.inventory import Chances, Inventory
from captcha_range.recognition.question import Question
from captcha_range.recognition.reasoning import OF_ONE_SCENE

CLASSES = 20


def certain(classes: list[int], doubt: float) -> Chances:
    rows = np.full((len(classes), CLASSES), doubt / (CLASSES - 1))
    rows[np.arange(len(classes)), classes] = 1 - doubt
    return rows


@pytest.mark.parametrize("doubt", [0.0, 0.05, 0.4])
def test_the_one_without_a_partner_is_alone(doubt: float) -> None:
    number, _ = odd_one_out.alone(certain([3, 5, 3, 7, 5, 3, 5, 9, 9], doubt))
    assert number == 3


def test_less_doubt_gives_a_larger_margin() -> None:
    margins = [odd_one_out.alone(certain([3, 5, 3, 7, 5], doubt))[1] for doubt in (0.6, 0.3, 0.1, 0.01)]
    assert margins == sorted(margins)


def test_an_object_that_may_be_a_twin_is_passed_over_for_one_that_cannot() -> None:
    rows = certain([1, 1, 2, 2, 4, 3], 0.02)
    rows[4] = rows[2] * 0.6 + rows[4] * 0.4
    assert odd_one_out.alone(rows)[0] == 5


def test_a_tile_is_chosen_for_any_of_its_objects() -> None:
    assert grid.log_odds(certain([2, 7], 0.05), 7) > 3
    assert grid.log_odds(certain([2, 6], 0.05), 7) < 0
    assert grid.log_odds(np.empty((0, CLASSES)), 7) == grid.NOTHING


def test_at_least_one_tile_is_chosen_and_at_least_one_is_not() -> None:
    low = np.array([-9.0, -3.0, -5.0])
    assert grid.chosen(low, 0.0)[0] == (1,)
    assert grid.chosen(-low, 0.0)[0] == (0, 2)


def test_the_margin_tells_the_odds_that_every_tile_is_judged_rightly() -> None:
    odds = np.log(np.array([0.9 / 0.1, 0.2 / 0.8, 0.7 / 0.3]))
    chance = 0.9 * 0.8 * 0.7
    assert grid.chosen(odds, 0.0)[1] == pytest.approx(np.log(chance / (1 - chance)))
    assert np.isfinite(grid.chosen(odds * 1000, 0.0)[1])


def test_a_fitted_curve_rises_and_follows_the_share_of_right_replies() -> None:
    margins = np.linspace(-4, 4, 4000)
    chance = 1 / (1 + np.exp(-margins))
    right = (np.arange(4000) * 0.6180339887 % 1) < chance
    curve = calibration.fitted(margins.tolist(), right.tolist(), 12)
    assert list(curve.rates) == sorted(curve.rates)
    for each in (-3.0, -1.0, 0.0, 2.0):
        assert curve.confidence(each) == pytest.approx(1 / (1 + np.exp(-each)), abs=0.06)
    assert 0 < curve.confidence(-99) < curve.confidence(99) < 1


def doubtful(seed: int, objects: int) -> Chances:
    rows = np.random.Generator(np.random.PCG64(seed)).gamma(0.3, size=(objects, CLASSES)) + 1e-6
    return np.asarray(rows / rows.sum(axis=1, keepdims=True))


def inventory(classes: list[int], doubt: float = 0.1, columns: int = 4) -> Inventory:
    """Objects in rank and file, a hundred pixels apart, sixty across."""
    corners = [(100.0 * (n % columns) + 20, 100.0 * (n // columns) + 20) for n in range(len(classes))]
    return Inventory(
        size=(400.0, 300.0),
        points=tuple((x + 30, y + 31) for x, y in corners),
        boxes=tuple((x, y, x + 60, y + 60) for x, y in corners),
        posteriors=certain(classes, doubt),
        keys=tuple(map(str, range(CLASSES))),
    )


def test_the_margin_is_the_odds_of_the_likeliest_against_all_others_together() -> None:
    chances = np.array([0.1, 0.6, 0.3])
    assert margin.likeliest(np.log(chances) + 7)[0] == 1
    assert margin.likeliest(np.log(chances) + 7)[1] == pytest.approx(np.log(0.6 / 0.4))
    assert np.isfinite(margin.likeliest(np.array([0.0]))[1])


@pytest.mark.parametrize("doubt", [0.0, 0.1, 0.5])
def test_the_two_of_one_class_are_a_pair(doubt: float) -> None:
    read = pair.read(inventory([4, 1, 7, 3, 1, 9], doubt), Question("pair"))
    assert read is not None
    assert read.points == ((150.0, 51.0), (50.0, 151.0))


def test_the_margin_of_a_pair_says_how_probably_these_two_and_no_others_are_of_one_class() -> None:
    """Against every way in which the objects may be classes, weighed one by one."""
    rows = doubtful(1, 4)
    chances: dict[tuple[int, int], float] = {}
    alike = {pair_: float(rows[pair_[0]] @ rows[pair_[1]]) for pair_ in combinations(range(4), 2)}
    for one in alike:
        chances[one] = alike[one] * float(np.prod([1 - each for other, each in alike.items() if other != one]))
    best = max(chances, key=lambda each: chances[each])
    (found, odds) = pair.twins(rows)
    assert found == best
    assert odds == pytest.approx(np.log(chances[best] / (sum(chances.values()) - chances[best])))


@pytest.mark.parametrize("number", [1, 4, 9])
def test_what_is_counted_is_the_class_that_is_asked_for(number: int) -> None:
    read = count.read(inventory([6] * number + [2, 3, 2]), Question("count", "6"))
    assert read is not None
    assert read.number == len(read.points) == number
    assert set(read.points) == set(inventory([6] * number).points)


def test_only_numbers_that_are_offered_are_counted() -> None:
    none, many = (count.read(inventory(classes), Question("count", "6")) for classes in ([1, 2, 3, 4], [6] * 12))
    assert none is not None
    assert many is not None
    assert (none.number, many.number) == (1, 9)


def test_the_margin_of_a_count_weighs_every_choice_of_objects() -> None:
    ratios = np.log(np.array([5.0, 0.2, 1.5, 0.9]))
    weights = []
    for number in range(1, 5):
        choices = list(combinations(range(4), number))
        weights.append(sum(float(np.exp(ratios[list(each)].sum())) for each in choices) / len(choices))
    best = int(np.argmax(weights))
    number, odds = count.counted(ratios)
    assert number == best + 1
    assert odds == pytest.approx(np.log(weights[best] / (sum(weights) - weights[best])))


def test_the_box_is_that_of_the_likeliest_object() -> None:
    read = bounding_box.read(inventory([6, 2, 3, 5, 1]), Question("bounding_box", "5"))
    assert read is not None
    assert read.box == (320.0, 20.0, 60.0, 60.0)
    assert read.points == ((350.0, 50.0),)


@pytest.mark.parametrize(("side", "place"), [("left", 4), ("right", 6), ("above", 1), ("below", 9)])
def test_what_stands_next_to_the_other_on_the_side_is_meant(side: str, place: int) -> None:
    classes = [1, 8, 2, 1, 8, 7, 8, 2, 1, 8, 2, 3]
    read = relation.read(inventory(classes), Question("relation", "8", "7", side))
    assert read is not None
    assert read.points == (inventory(classes).points[place],)


def test_of_two_that_may_be_meant_it_is_the_one_that_leaves_none_of_its_class_elsewhere() -> None:
    # Both stand right of one that may be the other; the third of their class is behind the first of these only.
    classes = [1, 2, 7, 8, 3, 8, 4, 5, 7, 8, 6, 9]
    seen = inventory(classes)
    read = relation.read(seen, Question("relation", "8", "7", "right"))
    assert read is not None
    assert read.points == (seen.points[3],)


@pytest.mark.parametrize("doubt", [0.0, 0.1, 0.5])
def test_the_strip_is_followed_from_left_to_right(doubt: float) -> None:
    strip = inventory([3, 9, 4], doubt)
    turned = Inventory(strip.size, strip.points[::-1], strip.boxes[::-1], strip.posteriors[::-1], strip.keys)
    scene = inventory([1, 4, 3, 5, 9, 2, 7], doubt)
    expected = tuple(scene.points[number] for number in (2, 4, 1))
    for each in (strip, turned):
        read = order_click.read(scene, each, Question("order_click", clicks=3))
        assert read is not None
        assert read.points == expected


@pytest.mark.parametrize("seed", range(20))
def test_the_match_is_the_best_of_all(seed: int) -> None:
    shown, there = doubtful(seed, 3), doubtful(seed + 100, 6)
    odds = margin.log_odds(shown @ there.T)
    ways = list(permutations(range(6), 3))
    weights = [float(odds[[0, 1, 2], way].sum()) for way in ways]
    rows, best = order_click.matched(shown, there)
    assert rows == ways[int(np.argmax(weights))]
    assert best >= margin.likeliest(np.array(weights))[1]


@pytest.mark.parametrize("family", OF_ONE_SCENE)
def test_too_few_objects_or_an_unknown_class_are_not_answered(family: str) -> None:
    classes, reason = [8, 7, 8, 1, 1], OF_ONE_SCENE[family]
    known = Question(family, "8", "7", "left")
    assert reason(inventory(classes), known) is not None
    assert reason(inventory(classes[:2]), known) is None
    assert reason(inventory(classes * 6), known) is None
    if family not in {"odd_one_out", "pair"}:
        assert reason(inventory(classes), Question(family, "cat", "7", "left")) is None
    if family == "relation":
        assert reason(inventory(classes), Question(family, "8", "dog", "left")) is None
        assert reason(inventory(classes), Question(family, "8", "7")) is None
