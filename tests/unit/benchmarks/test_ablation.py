"""The figures of the ablation: thresholds, areas, and what is lost without a rule."""

import numpy as np
import pytest

from benchmarks.mixes import GUILTY, INNOCENT
from benchmarks.risk import Weights, ablate, auc, scores, threshold
from captcha_range.provider.risk_rules import RULES


def weights(tokens: int, **columns: float) -> Weights:
    made = np.zeros((tokens, len(RULES)))
    for number, rule in enumerate(RULES):
        made[:, number] = columns.get(rule.__name__, 0.0)
    return made


def test_a_score_without_a_rule_is_what_the_others_leave() -> None:
    both = weights(1, solved_too_fast=0.4, late_redemption=0.2)
    column = [rule.__name__ for rule in RULES].index("solved_too_fast")
    assert (scores(both)[0], scores(both, column)[0]) == (0.52, 0.2)


@pytest.mark.parametrize(("suspected", "limit"), [(0, 0.0), (1, 0.0), (2, 0.5)])
def test_one_of_a_hundred_innocents_may_score_above_the_threshold(suspected: int, limit: float) -> None:
    innocent = np.array([0.5] * suspected + [0.0] * (100 - suspected))
    assert threshold(innocent) == limit
    assert (innocent > threshold(innocent)).mean() <= 0.01


@pytest.mark.parametrize(("guilty", "area"), [([1.0, 1.0], 1.0), ([0.0, 0.0], 0.5), ([0.0, 1.0], 0.75)])
def test_the_area_counts_ties_half(guilty: list[float], area: float) -> None:
    assert auc(np.zeros(4), np.array(guilty)) == area


def test_only_the_rule_that_finds_somebody_is_missed() -> None:
    observed = {mix: weights(100) for mix in INNOCENT} | {mix: weights(10, same_replies=0.4) for mix in GUILTY}
    full, *others = ablate(observed)
    assert set(full.rates.values()) == {1.0}
    missed = {row.without for row in others if set(row.rates.values()) == {0.0}}
    assert missed == {"same_replies"}
    assert {row.area for row in others if row.without != "same_replies"} == {full.area} == {1.0}
