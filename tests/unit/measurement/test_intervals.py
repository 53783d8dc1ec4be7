import numpy as np
import pytest

from captcha_range.core.streams import Streams
from captcha_range.measurement.intervals import Interval, at_least, at_most, chance_of_at_least, holm, wilson


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    # Newcombe (1998), Statistics in Medicine 17, table I, method 3; to four places.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_agrees_with_published_values(hits: int, trials: int, low: float, high: float) -> None:
    interval = wilson(hits, trials)
    assert interval.low == pytest.approx(low, abs=5e-5)
    assert interval.high == pytest.approx(high, abs=5e-5)


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 0.93])
def test_about_95_percent_of_intervals_contain_the_true_share(share: float) -> None:
    draws = Streams(b"coverage").stream(str(share)).binomial(200, share, 4000)
    covered = sum(wilson(int(hits), 200).contains(share) for hits in draws) / len(draws)
    assert 0.93 <= covered <= 0.975


def test_nothing_tried_says_nothing() -> None:
    assert wilson(0, 0) == Interval(0.0, 1.0)


def test_the_ends_are_exact_and_mirror_each_other() -> None:
    assert wilson(0, 50).low == 0.0
    assert wilson(50, 50).high == 1.0
    assert wilson(50, 50).low == pytest.approx(1 - wilson(0, 50).high)


@pytest.mark.parametrize(("hits", "trials"), [(-1, 5), (6, 5)])
def test_impossible_counts_are_refused(hits: int, trials: int) -> None:
    with pytest.raises(ValueError, match="hits"):
        wilson(hits, trials)


# For no hits and for nothing but hits the bounds have closed forms.
@pytest.mark.parametrize("trials", [1, 29, 59, 299])
def test_the_bounds_at_the_ends_are_the_closed_forms(trials: int) -> None:
    assert at_most(0, trials) == pytest.approx(1 - 0.05 ** (1 / trials))
    assert at_least(trials, trials) == pytest.approx(0.05 ** (1 / trials))
    assert (at_least(0, trials), at_most(trials, trials)) == (0.0, 1.0)


def test_29_failures_in_a_row_claim_below_ten_percent_and_28_do_not() -> None:
    assert at_most(0, 29) < 0.1 < at_most(0, 28)


@pytest.mark.parametrize("share", [0.02, 0.11, 0.5])
def test_the_claim_holds_in_at_least_95_percent_of_trials(share: float) -> None:
    hits, times = np.unique(Streams(b"claims").stream(str(share)).binomial(60, share, 20_000), return_counts=True)
    upper = sum(int(n) for hit, n in zip(hits, times, strict=True) if at_most(int(hit), 60) >= share)
    lower = sum(int(n) for hit, n in zip(hits, times, strict=True) if at_least(int(hit), 60) <= share)
    assert min(upper, lower) / 20_000 >= 0.947


def test_the_tail_agrees_with_counting() -> None:
    assert chance_of_at_least(2, 3, 0.5) == pytest.approx(0.5)
    assert chance_of_at_least(1, 10, 0.1) == pytest.approx(1 - 0.9**10)
    assert [chance_of_at_least(0, 5, 0.0), chance_of_at_least(1, 5, 0.0), chance_of_at_least(5, 5, 1.0)] == [1, 0, 1]


def test_holm_corrects_the_smallest_most_and_never_reverses_the_order() -> None:
    # 4 x 0.005, 3 x 0.01, 2 x 0.03, and 1 x 0.04, which must not be below the one before.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []
    assert holm([0.9, 0.8]) == [1.0, 1.0]


@pytest.mark.parametrize(("hits", "trials", "share"), [(-1, 5, 0.5), (6, 5, 0.5), (1, 5, 1.5)])
def test_impossible_tails_are_refused(hits: int, trials: int, share: float) -> None:
    with pytest.raises(ValueError, match="hits"):
        chance_of_at_least(hits, trials, share)
