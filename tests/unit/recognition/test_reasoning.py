import numpy as np
import pytest

from captcha_range.recognition import calibration, grid, odd_one_out


def certain(classes: list[int], doubt: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    rows = np.full((len(classes), 20), doubt / 19)
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
    assert grid.log_odds(np.empty((0, 20)), 7) == grid.NOTHING


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
    for margin in (-3.0, -1.0, 0.0, 2.0):
        assert curve.confidence(margin) == pytest.approx(1 / (1 + np.exp(-margin)), abs=0.06)
    assert 0 < curve.confidence(-99) < curve.confidence(99) < 1
