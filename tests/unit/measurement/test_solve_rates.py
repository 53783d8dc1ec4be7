import msgspec
import pytest

from captcha_range.challenges.catalogue import FAMILIES
from captcha_range.challenges.family import Challenge, Reply
from captcha_range.core.clock import StillClock
from captcha_range.core.pixels import Picture
from captcha_range.core.streams import Streams
from captcha_range.measurement.solve_rates import (
    Attempt,
    Chunk,
    FamilyUnknown,
    SolveRate,
    attempts_at,
    measure,
    own_question,
    reply_of,
    summed_up,
)
from captcha_range.recognition.catalogue import RecogniserUnknown, load_recogniser
from captcha_range.recognition.recogniser import Recognition


class Slow:
    """Takes a quarter of a second by its clock, and answers only English questions, always wrongly."""

    name = "slow"
    families = frozenset({"odd_one_out"})

    def __init__(self, clock: StillClock) -> None:
        self._clock = clock

    def recognise(self, picture: Picture, question: str) -> Recognition | None:
        self._clock.advance(0.25)
        return Recognition("odd_one_out", ((0.0, 0.0),), 0.5) if question.isascii() else None


def without_times(rate: SolveRate) -> SolveRate:
    return msgspec.structs.replace(rate, p50_ms=0.0, p99_ms=0.0)


def test_one_process_and_two_find_the_same() -> None:
    alone = measure("grid", 2, "classical", "seed", 40, processes=1)
    assert without_times(alone) == without_times(measure("grid", 2, "classical", "seed", 40, processes=2))


def test_another_seed_draws_other_challenges() -> None:
    one, other = (measure("odd_one_out", 5, "random", seed, 60) for seed in ("a", "b"))
    assert (one.right, one.brier) != (other.right, other.brier)


@pytest.mark.parametrize("family", sorted(load_recogniser("classical").families))
def test_classical_is_right_mostly_and_random_is_not(family: str) -> None:
    strong, weak = (measure(family, 1, name, "floor", 30) for name in ("classical", "random"))
    assert strong.interval.low > 0.6 > strong.floor
    # How near random comes to the floor is tested where there are more tries.
    assert weak.interval.high < 0.6
    assert strong.right + strong.wrong + strong.abstained == 30


def test_right_wrong_and_abstained_are_kept_apart_and_timed_by_the_clock() -> None:
    clock = StillClock()
    attempts = attempts_at(Chunk("odd_one_out", 1, "slow", "seed", 0, 4), Slow(clock), clock)
    assert [each.outcome for each in attempts] == ["wrong", "abstained", "wrong", "abstained"]
    assert {each.seconds for each in attempts} == {0.25}


def test_questions_alternate_between_english_and_chinese() -> None:
    drawn = FAMILIES["grid"].draw(Streams(b"q").stream(0), 1)
    assert [own_question(drawn, number) for number in (0, 1)] == [drawn.prompt.en, drawn.prompt.zh]


def test_shuffled_questions_leave_classical_without_success() -> None:
    def asked_elsewhere(challenge: Challenge, number: int) -> str:
        return FAMILIES["grid"].draw(Streams(b"elsewhere").stream(number), 1).prompt.en

    chunk = Chunk("grid", 1, "classical", "shuffled", 0, 20)
    attempts = attempts_at(chunk, load_recogniser("classical"), StillClock(), asked_elsewhere)
    assert sum(each.outcome == "right" for each in attempts) <= 2


def test_the_sum_counts_every_outcome_once() -> None:
    attempts = [Attempt("right", 0.8, 0.01), Attempt("wrong", 0.6, 0.03), Attempt("abstained", 0.0, 0.02)]
    rate = summed_up("grid", 3, "classical", "seed", attempts)
    assert (rate.right, rate.wrong, rate.abstained, rate.count) == (1, 1, 1, 3)
    assert rate.rate == pytest.approx(1 / 3)
    assert rate.brier == pytest.approx((0.2**2 + 0.6**2) / 2)
    assert rate.p50_ms == pytest.approx(20)
    assert rate.floor == FAMILIES["grid"].floor(3)


def test_abstaining_always_leaves_no_brier_score() -> None:
    assert summed_up("grid", 1, "classical", "seed", [Attempt("abstained", 0.0, 0.0)]).brier is None


def test_clicking_a_tile_twice_takes_the_choice_back() -> None:
    drawn = FAMILIES["grid"].draw(Streams(b"q").stream(0), 1)
    centres = [(tile.x + tile.width / 2, tile.y + tile.height / 2) for tile in drawn.tiles]
    points = (centres[4], centres[0], centres[4], centres[8], (1.0, 1.0))
    assert reply_of(Recognition("grid", points, 1.0), drawn, "tiles") == Reply(tiles=(0, 8))


@pytest.mark.parametrize(
    ("kind", "recognition", "reply"),
    [
        ("points", Recognition("pair", ((1.0, 2.0), (3.0, 4.0)), 1.0), Reply(points=((1.0, 2.0), (3.0, 4.0)))),
        ("position", Recognition("drag_to_fit", ((1.0, 2.0),), 1.0), Reply(position=(1.0, 2.0))),
        ("position", Recognition("drag_to_fit", (), 1.0), Reply()),
        ("number", Recognition("count", (), 1.0, number=3), Reply(number=3)),
        ("angle", Recognition("rotate_upright", (), 1.0, angle=90.0), Reply(angle=90.0)),
        ("box", Recognition("bounding_box", (), 1.0, box=(1.0, 2.0, 3.0, 4.0)), Reply(box=(1.0, 2.0, 3.0, 4.0))),
        ("choice", Recognition("text", (), 1.0, choice=0), Reply(choice=0)),
    ],
)
def test_each_kind_of_reply_takes_its_own_part_of_a_recognition(
    kind: str, recognition: Recognition, reply: Reply
) -> None:
    assert reply_of(recognition, FAMILIES["text"].draw(Streams(b"q").stream(0), 1), kind) == reply


def test_progress_is_told_of_every_challenge() -> None:
    told: list[int] = []
    measure("grid", 1, "random", "seed", 30, progress=told.append)
    assert sum(told) == 30


def test_unknown_names_and_empty_counts_are_refused() -> None:
    with pytest.raises(FamilyUnknown, match="odd_one_out"):
        measure("sudoku", 1, "random", "seed", 1)
    with pytest.raises(RecogniserUnknown, match="classical"):
        measure("grid", 1, "oracle", "seed", 1)
    with pytest.raises(ValueError, match="at least 1"):
        measure("grid", 1, "random", "seed", 0)
