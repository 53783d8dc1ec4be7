import pytest

from captcha_range.core.streams import Streams
from captcha_range.measurement.intervals import Interval, wilson


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
