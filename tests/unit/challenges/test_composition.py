"""Composed challenges: how their rounds are chosen and judged, and what guessing at them is worth."""

import itertools
import math

import numpy as np
import pytest

from captcha_range.challenges import composition
from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.challenges.composition import (
    BOUND,
    MOST_ROUNDS,
    TRIES,
    families_in_turn,
    floor,
    judged,
    name_of,
    rounds_needed,
)
from captcha_range.challenges.family import LEVELS, Answer, Challenge, Reply
from captcha_range.core.streams import Streams
from captcha_range.solver.workers import browser, protocol

ROUNDS = range(1, MOST_ROUNDS + 1)


class Coin:
    """A family whose challenges are `sides` alternatives: the reply is one of their numbers."""

    replies_with = "number"

    def __init__(self, name: str, sides: int) -> None:
        self.name = name
        self.sides = sides

    def draw(self, stream: np.random.Generator, level: int) -> Challenge:
        raise NotImplementedError

    def judge(self, answer: Answer, reply: Reply) -> bool:
        return answer.number == reply.number

    def floor(self, level: int) -> float:
        return 1 / self.sides


COIN, DIE = Coin("coin", 2), Coin("die", 6)


def stream(number: int = 0) -> np.random.Generator:
    return Streams(b"composition").stream("tests", number)


def test_a_single_round_is_of_the_family_that_a_site_was_always_asked() -> None:
    """The same draw as before there were rounds: what was recorded with a seed is drawn again."""
    families = ("a", "b", "c")
    for number in range(20):
        before = families[int(stream(number).integers(len(families)))]
        assert families_in_turn(stream(number), families, 1) == (before,)


@pytest.mark.parametrize("rounds", ROUNDS)
def test_no_family_comes_again_before_all_the_others_came(rounds: int) -> None:
    for names in (("a",), ("a", "b"), ("a", "b", "c"), ("a", "b", "c", "d")):
        for number in range(50):
            chosen = families_in_turn(stream(number), names, rounds)
            assert len(chosen) == rounds
            counts = [chosen.count(name) for name in names]
            assert max(counts) - min(counts) <= 1


def test_every_order_of_the_families_comes() -> None:
    chosen = {families_in_turn(stream(number), ("a", "b", "c"), 3) for number in range(200)}
    assert chosen == set(itertools.permutations("abc"))


def test_a_composition_has_one_name_in_whatever_order_its_families_come() -> None:
    assert name_of(["grid"]) == "grid"
    assert name_of(["odd_one_out", "grid"]) == name_of(["grid", "odd_one_out"]) == "grid + odd_one_out"


@pytest.mark.parametrize("rights", list(itertools.product([True, False], repeat=3)))
def test_every_round_is_judged_also_after_a_wrong_one(rights: tuple[bool, ...]) -> None:
    answers = [Answer(number=1)] * 3
    replies = [Reply(number=1 if right else 2) for right in rights]
    assert judged([COIN, DIE, COIN], answers, replies) == rights


def test_floors_multiply_and_of_the_compositions_that_may_come_the_easiest_counts() -> None:
    assert [floor([COIN], 1, rounds) for rounds in ROUNDS] == [1 / 2, 1 / 4, 1 / 8]
    assert [floor([DIE, COIN], 1, rounds) for rounds in ROUNDS] == pytest.approx([1 / 2, 1 / 12, 1 / 24])


@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.parametrize("families", [(COIN,), (COIN, DIE), (DIE, COIN, Coin("card", 4))])
def test_guesses_at_the_easiest_composition_meet_the_floor(families: tuple[Coin, ...], rounds: int) -> None:
    """By the rule itself: every composition is drawn, guessed at blindly, and judged."""
    by_name = {family.name: family for family in families}
    wins: dict[str, list[bool]] = {}
    for number in range(4_000):
        chance = stream(number)
        chosen = [by_name[name] for name in families_in_turn(chance, tuple(by_name), rounds)]
        answers = [Answer(number=int(chance.integers(each.sides))) for each in chosen]
        guesses = [Reply(number=int(chance.integers(each.sides))) for each in chosen]
        wins.setdefault(name_of(each.name for each in chosen), []).append(all(judged(chosen, answers, guesses)))
    rates = {name: sum(each) / len(each) for name, each in wins.items()}
    expected = floor(families, 1, rounds)
    easiest = max(rates, key=lambda name: math.prod(1 / by_name[part].sides for part in name.split(" + ")))
    tries = len(wins[easiest])
    assert rates[easiest] == pytest.approx(expected, abs=4 * (expected * (1 - expected) / tries) ** 0.5)


def test_as_many_rounds_are_needed_as_bring_floor_times_tries_within_the_bound() -> None:
    for family, level in itertools.product(FAMILIES.values(), LEVELS):
        needed = rounds_needed([family], level)
        for rounds in ROUNDS:
            is_enough = family.floor(level) ** rounds * TRIES <= BOUND
            assert is_enough is (needed is not None and rounds >= needed)


def test_more_tries_need_more_rounds() -> None:
    grid = FAMILIES["grid"]
    assert (rounds_needed([grid], 1, tries=1), rounds_needed([grid], 1), rounds_needed([grid], 1, 10**4)) == (1, 2, 3)
    assert rounds_needed([grid], 1, 10**9) is None


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("other", sorted(set(FAMILIES) - {"grid"}))
def test_two_rounds_of_grid_and_any_other_family_are_enough(level: int, other: str) -> None:
    assert rounds_needed([FAMILIES[other], FAMILIES["grid"]], level) == 2


def test_both_workers_give_up_after_the_tries_that_are_counted_with() -> None:
    assert protocol.MAX_TRIES == browser.MAX_TRIES == composition.TRIES
