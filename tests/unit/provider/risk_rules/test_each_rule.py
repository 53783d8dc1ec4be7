"""Every risk rule: when it finds something, how heavily, and when it finds nothing."""

from typing import Any

import pytest

from captcha_range.provider.observation import Observation, Opening, Passage, PreflightTerms
from captcha_range.provider.risk import Evidence, Finding
from captcha_range.provider.risk_rules.address_changed import address_changed
from captcha_range.provider.risk_rules.preflight_not_kept import preflight_not_kept
from captcha_range.provider.risk_rules.solved_too_fast import solved_too_fast
from captcha_range.provider.risk_rules.token_replays import token_replays
from captcha_range.provider.risk_rules.user_agent_changed import user_agent_changed
from tests.visits import BROWSER, observed

HERE, NEAR = ("127.0.20.1", "gb"), ("127.0.20.2", "gb")
FAR, FURTHER = ("127.0.1.1", "local"), ("127.0.2.1", "local")
HERE_SIX, NEAR_SIX, FAR_SIX = ("fd00:0:1::1", "local"), ("fd00:0:1:2::1", "local"), ("fd00:0:2::1", "local")
ABROAD = ("127.0.10.1", "us")
Place = tuple[str, str]


def at(place: Place, time: float, user_agent: str = BROWSER) -> Observation:
    return observed(time, *place, user_agent)


def summary(finding: Finding | None) -> tuple[str, float] | None:
    return None if finding is None else (finding.reason, finding.weight)


@pytest.mark.parametrize(
    ("opened", "answered", "redeemed", "found"),
    [
        (HERE, HERE, None, None),
        (HERE, HERE, HERE, None),
        (NEAR, HERE, None, ("address-changed", 0.1)),
        (HERE, HERE, NEAR, ("address-changed", 0.1)),
        (FAR, FURTHER, None, ("address-changed", 0.2)),
        (FAR, FAR, FURTHER, ("address-changed", 0.2)),
        (NEAR_SIX, HERE_SIX, None, ("address-changed", 0.1)),
        (FAR_SIX, HERE_SIX, None, ("address-changed", 0.2)),
        (NEAR, HERE, HERE, ("address-changed", 0.1)),
        (ABROAD, HERE, None, ("region-changed", 0.5)),
        (HERE, ABROAD, None, ("region-changed", 0.5)),
        (HERE, HERE, ABROAD, ("region-changed", 0.5)),
        (NEAR, HERE, ABROAD, ("region-changed", 0.5)),
        (ABROAD, ABROAD, HERE, ("region-changed", 0.5)),
    ],
)
def test_address_changed(opened: Place, answered: Place, redeemed: Place | None, found: Any) -> None:
    address, region = redeemed or (None, None)
    passage = Passage(Opening(at(opened, 0)), at(answered, 9))
    assert summary(address_changed(Evidence(passage, address, region))) == found


@pytest.mark.parametrize(
    ("loaded", "answered", "found"),
    [
        (BROWSER, BROWSER, None),
        ("", "", None),
        (BROWSER, "another", ("user-agent-changed", 0.4)),
        (BROWSER, "", ("user-agent-changed", 0.4)),
        (BROWSER, BROWSER + " ", ("user-agent-changed", 0.4)),
    ],
)
def test_user_agent_changed(loaded: str, answered: str, found: Any) -> None:
    passage = Passage(Opening(at(HERE, 0, loaded)), at(HERE, 9, answered))
    assert summary(user_agent_changed(Evidence(passage))) == found


@pytest.mark.parametrize(
    ("seconds", "found"),
    [
        (0.0, ("solved-too-fast", 0.4)),
        (0.999, ("solved-too-fast", 0.4)),
        (1.0, None),
        (9.0, None),
        (119.0, None),
    ],
)
def test_solved_too_fast(seconds: float, found: Any) -> None:
    passage = Passage(Opening(at(HERE, 1_000.0)), at(HERE, 1_000.0 + seconds))
    assert summary(solved_too_fast(Evidence(passage))) == found


@pytest.mark.parametrize(("count", "weight"), [(1, 0.2), (2, 0.36), (3, 0.488), (7, 0.790), (8, 0.8), (1_000_000, 0.8)])
def test_token_replays(count: int, weight: float) -> None:
    found = token_replays(Evidence(Passage(Opening(at(HERE, 0)), at(HERE, 9)), recent_replays=count))
    assert found is not None
    assert found.reason == "token-replays"
    assert found.weight == pytest.approx(weight, abs=1e-3)
    assert str(count) in found.evidence


def test_no_replay_is_no_finding() -> None:
    assert token_replays(Evidence(Passage(Opening(at(HERE, 0)), at(HERE, 9)))) is None


@pytest.mark.parametrize(
    ("agreed", "opened", "answered", "weight"),
    [
        (("gb", BROWSER), (HERE, BROWSER), (HERE, BROWSER), None),
        (("gb", BROWSER), (HERE, BROWSER), (NEAR, BROWSER), None),
        (("us", BROWSER), (HERE, BROWSER), (HERE, BROWSER), 0.5),
        (("gb", BROWSER), (HERE, BROWSER), (ABROAD, BROWSER), 0.5),
        (("gb", BROWSER), (ABROAD, BROWSER), (HERE, BROWSER), 0.5),
        (("gb", "agreed"), (HERE, BROWSER), (HERE, BROWSER), 0.4),
        (("gb", BROWSER), (HERE, BROWSER), (HERE, "another"), 0.4),
        (("us", "agreed"), (HERE, BROWSER), (HERE, BROWSER), 0.7),
        (("gb", BROWSER), (ABROAD, BROWSER), (HERE, "another"), 0.7),
    ],
)
def test_preflight_not_kept(
    agreed: tuple[str, str], opened: tuple[Place, str], answered: tuple[Place, str], weight: float | None
) -> None:
    opening = Opening(at(opened[0], 0, opened[1]), preflight_named=True, preflight=PreflightTerms(*agreed))
    found = preflight_not_kept(Evidence(Passage(opening, at(answered[0], 9, answered[1]))))
    assert summary(found) == (None if weight is None else ("preflight-not-kept", weight))


def test_a_preflight_that_is_unknown_counts_as_not_kept() -> None:
    passage = Passage(Opening(at(HERE, 0), preflight_named=True), at(HERE, 9))
    assert summary(preflight_not_kept(Evidence(passage))) == ("preflight-not-kept", 0.3)


def test_without_a_preflight_there_is_none_to_keep() -> None:
    passage = Passage(Opening(at(HERE, 0)), at(ABROAD, 9, "another"))
    assert preflight_not_kept(Evidence(passage)) is None


def test_who_was_not_challenged_did_not_solve_too_fast() -> None:
    loaded = at(HERE, 1_000.0)
    assert solved_too_fast(Evidence(Passage(Opening(loaded), loaded))) is not None
    assert solved_too_fast(Evidence(Passage(Opening(loaded), loaded, passive=True))) is None
