"""The score: more findings never lower it, and the heaviest reason comes first."""

from itertools import combinations

import pytest

from captcha_range.provider.risk import Evidence, Finding, Rule, assess
from captcha_range.provider.risk_rules import RULES
from tests.visits import passage

EVIDENCE = Evidence(passage(1_000.0))
WEIGHTS = {"a": 0.2, "b": 0.4, "c": 0.4, "d": 0.9, "e": 0.05}


def rule(reason: str) -> Rule:
    return lambda _: Finding(reason, WEIGHTS[reason], "because")


def quiet(_: Evidence) -> Finding | None:
    return None


def test_nothing_found_is_safe() -> None:
    for rules in ([], [quiet], [quiet, quiet]):
        assessment = assess(EVIDENCE, rules)
        assert (assessment.score, assessment.reasons, assessment.findings) == (0.0, ("safe",), ())


def test_a_visitor_who_behaves_is_safe_by_every_rule() -> None:
    assert assess(EVIDENCE, RULES).reasons == ("safe",)


def test_one_finding_scores_its_weight() -> None:
    assert assess(EVIDENCE, [quiet, rule("b")]).score == 0.4


def test_findings_add_up_as_independent_chances() -> None:
    assert assess(EVIDENCE, [rule("b"), rule("a")]).score == pytest.approx(1 - 0.6 * 0.8)


def test_reasons_come_heaviest_first_and_then_by_name_whatever_the_order_of_the_rules() -> None:
    for order in ("abcde", "edcba", "cabed"):
        assert assess(EVIDENCE, [rule(each) for each in order]).reasons == ("d", "b", "c", "a", "e")


def test_more_findings_never_lower_the_score() -> None:
    for count in range(len(WEIGHTS)):
        for some in combinations(WEIGHTS, count):
            fewer = assess(EVIDENCE, [rule(each) for each in some]).score
            for one_more in set(WEIGHTS) - set(some):
                assert assess(EVIDENCE, [rule(each) for each in (*some, one_more)]).score >= fewer


def test_a_score_never_exceeds_1() -> None:
    def sure(_: Evidence) -> Finding:
        return Finding("sure", 1.0, "seen")

    assert assess(EVIDENCE, [sure, sure, rule("d")]).score == 1.0


def test_every_rule_is_in_the_list_once() -> None:
    assert len(set(RULES)) == len(RULES)
